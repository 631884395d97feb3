/** What holds for one value cache, complete and in numbers. */
import type { Clock } from "./clock.ts";
import type { Spans } from "./lifetimes.ts";
import type { PackLimits } from "./pack.ts";

export interface Settings {
  readonly enabled: boolean;
  readonly failSilently: boolean;
  readonly namespace: string;
  /** Where nothing else is said. */
  readonly spans: Spans;
  /** Longest that null and undefined are kept when a function returned them. */
  readonly negativeTtlMs: number;
  /** Share by which the life of loaded values is shortened at random, 0 to 1. */
  readonly jitter: number;
  /** Longest that a caller waits for a function. */
  readonly hardTimeoutMs: number;
  /** Longest that a call waits for one step of the store. */
  readonly budgetMs: number;
  readonly limits: PackLimits;
  /** Hits of this process share one object, which must not be changed. */
  readonly share: boolean;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Results of functions that took longer are not stored; so what was removed need be remembered for this long only. */
export const LONGEST_LOAD_MS = 60_000;
