/** Keys whose source failed a moment ago while a stored response could stand in: it does so again for a while, without the source being asked. */
import { LRUCache } from "lru-cache";
import type { SourceFailure } from "../cache/reuse.ts";
import type { Instant } from "../fields.ts";

/** Why a key rests, and until when. */
export interface Rest {
  readonly failure: SourceFailure;
  readonly until: Instant;
  /** Failures in a row. */
  readonly failures: number;
}

/** Of one process; keys are those of flights. */
export interface BackOff {
  /** The rest of a key, while it lasts. */
  restOf(key: string, now: Instant): Rest | undefined;
  /** Lets a key rest: a second, twice as long after each further failure, a minute at most. */
  failed(key: string, failure: SourceFailure, now: Instant): void;
  /** Lets a key rest whose source is not asked before `until`: that is no failure. A second at least, a minute at most. */
  held(key: string, failure: SourceFailure, now: Instant, until: Instant): void;
  succeeded(key: string): void;
}

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** Keys remembered; the longest unasked are forgotten first. */
const MOST_KEYS = 10_000;

export function createBackOff(): BackOff {
  const rests = new LRUCache<string, Rest>({ max: MOST_KEYS });
  return {
    restOf(key, now) {
      const rest = rests.get(key);
      return rest !== undefined && now < rest.until ? rest : undefined;
    },
    failed(key, failure, now) {
      const before = rests.get(key);
      // Requests that were under way together fail together: that is one failure.
      if (before !== undefined && now < before.until) return;
      const failures = (before?.failures ?? 0) + 1;
      const ms = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
      rests.set(key, { failure, until: now + ms, failures });
    },
    held(key, failure, now, until) {
      const ms = Math.min(Math.max(until - now, FIRST_MS), LONGEST_MS);
      rests.set(key, { failure, until: now + ms, failures: rests.get(key)?.failures ?? 0 });
    },
    succeeded: (key) => void rests.delete(key),
  };
}
