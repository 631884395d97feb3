import { printable } from "./printable.ts";
import type { MappingLine, ReapEvents, ReapSummary } from "./summary.ts";
import { fateOf } from "./verdict.ts";

/** Counts what a run does, and passes it on. */
export interface Tally {
  scanned(total: number): void;
  judged(): void;
  line(line: MappingLine): void;
  proof(state: string): void;
  figures(): Pick<
    ReapSummary,
    | "scanned"
    | "judged"
    | "cleaned"
    | "kept"
    | "waiting"
    | "keysRemoved"
    | "verdicts"
    | "removed"
    | "errors"
    | "proofs"
  >;
}

export function createTally(events: ReapEvents): Tally {
  const count = { scanned: 0, judged: 0, cleaned: 0, waiting: 0, keysRemoved: 0 };
  const verdicts: Record<string, number> = {};
  const removed: Record<string, number> = {};
  const errors: Record<string, number> = {};
  const proofs: Record<string, number> = {};
  const progress = () => {
    const { scanned, judged, cleaned } = count;
    events.progress?.({ scanned, judged, removed: cleaned });
  };
  return {
    scanned(total) {
      count.scanned = total;
      progress();
    },
    judged() {
      count.judged += 1;
      progress();
    },
    line(line) {
      const { verdict, action, keys = [] } = line;
      add(verdicts, verdict);
      if (fateOf({ kind: verdict }) === "unsure") add(errors, verdict);
      if (action === "waiting") count.waiting += 1;
      if (action === "removed" || action === "would-remove") {
        count.cleaned += 1;
        add(removed, verdict);
        count.keysRemoved += keys.length;
        progress();
      }
      events.mapping?.(printableLine(line));
    },
    proof: (state) => add(proofs, state),
    figures: () => ({
      ...count,
      kept: count.scanned - count.cleaned,
      verdicts,
      removed,
      errors,
      ...(Object.keys(proofs).length > 0 && { proofs }),
    }),
  };
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function printableLine(line: MappingLine): MappingLine {
  const { domain, branch, detail, keys } = line;
  return {
    ...line,
    domain: printable(domain),
    ...(branch !== undefined && { branch: printable(branch) }),
    ...(detail !== undefined && { detail: printable(detail) }),
    ...(keys !== undefined && { keys: keys.map((key) => printable(key, 2_000)) }),
  };
}
