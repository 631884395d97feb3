/** What a run tells: a line for each mapping, figures while it goes, and a summary at its end. */
import { messageOf } from "../errors.ts";
import type { Instant } from "../fields.ts";
import { printable } from "./printable.ts";
import type { VerdictKind } from "./verdict.ts";

export type ReapMode = "dry-run" | "apply";

/** What became of a mapping in this run. */
export type Action =
  | "kept"
  /** Not to be seen, but not for long enough to call it gone. */
  | "waiting"
  | "removed"
  /** A dry run's word for it. */
  | "would-remove"
  /** Judged dead, then found changed or alive at the last moment. */
  | "changed"
  /** Dead, but the run was stopped before it removed anything. */
  | "held-back";

export interface MappingLine {
  readonly domain: string;
  /** `user/repo`; absent for a malformed mapping. */
  readonly repository?: string;
  readonly branch?: string;
  readonly verdict: VerdictKind;
  readonly action: Action;
  readonly detail?: string;
  /** The keys that went or would go. */
  readonly keys?: readonly string[];
}

export interface ReapProgress {
  /** Mappings found so far; in the end all. */
  readonly scanned: number;
  readonly judged: number;
  readonly removed: number;
}

/** Called often and in step with the run: return soon. */
export interface ReapEvents {
  mapping?(line: MappingLine): void;
  progress?(progress: ReapProgress): void;
}

/** `stopped`: something spoke against removing (more); `busy`: another run is under way; `failed`: something broke. */
export type RunOutcome = "finished" | "stopped" | "busy" | "interrupted" | "failed";

export interface ReapSummary {
  readonly run: string;
  /** The rule that was gone by; absent for mappings. */
  readonly rule?: string;
  readonly mode: ReapMode;
  readonly outcome: RunOutcome;
  /** Why it did not finish. */
  readonly because?: string;
  readonly startedAt: Instant;
  readonly durationMs: number;
  readonly scanned: number;
  readonly judged: number;
  /** Mappings removed, or in a dry run those that would be. */
  readonly cleaned: number;
  readonly kept: number;
  readonly waiting: number;
  readonly keysRemoved: number;
  /** Requests sent to the forge, or to the owners of a rule. */
  readonly requests: number;
  readonly verdicts: Readonly<Partial<Record<VerdictKind, number>>>;
  /** Those of `cleaned`, by verdict. */
  readonly removed: Readonly<Partial<Record<VerdictKind, number>>>;
  /** Mappings that could not be judged, by verdict. */
  readonly errors: Readonly<Partial<Record<VerdictKind, number>>>;
  /** Live main domains by the state of their TXT record, when that is asked for. */
  readonly proofs?: Readonly<Record<string, number>>;
  /** What would stop this run if it were not a dry one. */
  readonly brake?: string;
  readonly redisMemory?: { readonly before: number; readonly after: number };
}

export function errorCount({ errors }: Pick<ReapSummary, "errors">): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

/** 0 clean, 1 did not finish, 2 finished but some mappings could not be judged, 130 interrupted. */
export function exitCodeOf(summary: Pick<ReapSummary, "outcome" | "errors">): number {
  if (summary.outcome === "interrupted") return 130;
  if (summary.outcome !== "finished") return 1;
  return errorCount(summary) > 0 ? 2 : 0;
}

/** Ends a run on purpose, because going on could remove what lives. */
export class RunStopped extends Error {
  override readonly name = "RunStopped";
}

/** Another run holds the lock. */
export class RunBusy extends RunStopped {}

export function outcomeOf(
  thrown: unknown,
  interrupted: boolean,
): Pick<ReapSummary, "outcome" | "because"> {
  if (thrown instanceof RunBusy) return { outcome: "busy", because: thrown.message };
  if (thrown instanceof RunStopped) return { outcome: "stopped", because: thrown.message };
  if (interrupted) return { outcome: "interrupted" };
  return { outcome: "failed", because: printable(messageOf(thrown)) };
}
