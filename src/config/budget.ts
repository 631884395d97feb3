/** How much a source may be asked, and when it is left alone. */

/** What an operator grants a source; what it says itself counts too. */
export interface SourceLimits {
  /** Requests in any stretch of time of this length, at most. */
  readonly rate?: { readonly count: number; readonly perMs: number };
  /** Requests at once, after which they are spread evenly over the time of the rate. */
  readonly burst?: number;
  /** Requests under way at a time, in all processes together. */
  readonly concurrency?: number;
}

/** When a source that fails is no longer asked, and for how long. */
export interface BreakerSettings {
  /** Failures in a row. */
  readonly failures: number;
  /** Share of failures, 0 to 1, among `least` answers or more within `windowMs`. */
  readonly share: number;
  readonly least: number;
  readonly windowMs: number;
  /** The first pause before a probe; it doubles with every probe that fails, up to `longestMs`. */
  readonly pauseMs: number;
  readonly longestMs: number;
}

export interface BudgetSettings {
  /** Longest that a request of a client waits for its turn. */
  readonly waitMs: number;
  /** Longest that a source's own wish to be left alone is believed. */
  readonly longestRestMs: number;
  readonly breaker: BreakerSettings;
  /** By origin: `https://api.example.org`. */
  readonly sources: ReadonlyMap<string, SourceLimits>;
}

export const BUDGET_DEFAULTS: BudgetSettings = {
  waitMs: 1_000,
  longestRestMs: 3_600_000,
  breaker: {
    failures: 5,
    share: 0.5,
    least: 20,
    windowMs: 30_000,
    pauseMs: 2_000,
    longestMs: 60_000,
  },
  sources: new Map(),
};
