/** What a report is missing, gathered while it is made. */
import { GitHubError } from "../github/failure.ts";
import type { Gap } from "./report.ts";

export interface Gaps {
  /** Counts `count` more as missing for this reason. */
  add(what: Gap["what"], reason: string, final: boolean, count?: number): void;
  /**
   * What `load` gives, or null and a gap when it fails for reasons of its own, or there is no time for it. Rejects when going on is of no use:
   * no credential, a limit used up, given up.
   */
  orNull<T>(what: Gap["what"], load: () => Promise<T>): Promise<T | null>;
  list(): Gap[];
}

/** So many failures in a row, and no further one of the kind is asked for. */
const ENOUGH = 10;
const NO_TIME = "There was no time left to ask for it.";

/** `isLate`: what has not been asked yet is to be left out. */
export function createGaps(isLate: () => boolean): Gaps {
  const gaps = new Map<string, { -readonly [Field in keyof Gap]: Gap[Field] }>();
  const rows = new Map<Gap["what"], { failures: number; reason: string }>();
  const add: Gaps["add"] = (what, reason, final, count = 1) => {
    const name = `${what} ${reason}`;
    const gap = gaps.get(name);
    if (gap === undefined) gaps.set(name, { what, reason, final, count });
    else gap.count += count;
  };
  return {
    add,
    async orNull(what, load) {
      const row = rows.get(what) ?? { failures: 0, reason: "" };
      rows.set(what, row);
      if (row.failures >= ENOUGH || isLate()) {
        add(what, row.failures >= ENOUGH ? row.reason : NO_TIME, false);
        return null;
      }
      try {
        const loaded = await load();
        row.failures = 0;
        return loaded;
      } catch (thrown) {
        const failure = passable(thrown);
        add(what, failure.message, failure.fault !== "unavailable");
        if (failure.fault === "unavailable") {
          row.failures++;
          row.reason = failure.message;
        }
        return null;
      }
    },
    list: () => [...gaps.values()],
  };
}

/** Throws what is not only this one's trouble. */
function passable(thrown: unknown): GitHubError {
  const isOwn =
    thrown instanceof GitHubError && !["unauthorized", "limited"].includes(thrown.fault);
  if (!isOwn) throw thrown;
  return thrown;
}
