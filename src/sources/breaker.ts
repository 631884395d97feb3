/** Keeps a source that fails from being asked: after enough failures requests fail at once, and one probe at a time looks for its return. */
import type { BreakerSettings } from "../config/budget.ts";
import type { Instant } from "../fields.ts";

/** `half-open`: a probe is under way. */
export type BreakerState = "closed" | "open" | "half-open";

/** Of one source; shared by all processes. */
export interface Breaker {
  readonly state: BreakerState;
  /** Failures in a row. */
  readonly row: number;
  /** Answers since `since`, and how many of them failed. */
  readonly since: Instant;
  readonly answers: number;
  readonly failed: number;
  /** Times in a row that it opened. */
  readonly opened: number;
  /** Open: when a probe may be made. Half-open: when the probe counts as lost. */
  readonly until: Instant;
}

export const CLOSED: Breaker = {
  state: "closed",
  row: 0,
  since: 0,
  answers: 0,
  failed: 0,
  opened: 0,
  until: 0,
};

/** A probe that nobody hears of again is lost after this time. */
export const PROBE_MS = 30_000;

/**
 * How a request ended. `poor`: answered, but as gateways answer for a source that is not there. That may be about one address, which whoever asks for
 * it must not turn against all others: it counts as one of many answers, but not as one in a row.
 */
export type Outcome = "success" | "failure" | "poor" | undefined;

/** What a breaker says to a request. */
export type Passage = "pass" | "probe" | "wait";

/** Whether a request may go now; a `probe` counts as the only one until it is heard of. */
export function passageOf({ state, until }: Breaker, now: Instant): Passage {
  if (state === "closed") return "pass";
  return now < until ? "wait" : "probe";
}

/** The breaker once a probe has set out. */
export function probing(breaker: Breaker, now: Instant): Breaker {
  return { ...breaker, state: "half-open", until: now + PROBE_MS };
}

/** Whether a success is worth telling: nothing but failures changes a breaker that is closed and counts none. */
export function isClean({ state, row, failed, since }: Breaker, windowMs: number, now: Instant) {
  return state === "closed" && row === 0 && (failed === 0 || now >= since + windowMs);
}

/**
 * The breaker after a request. One that comes in while it is open was asked for before: only a failed probe opens it anew. A request that was
 * given up, or met a limit, says nothing: if it was the probe, the next one may go.
 */
export function answered(
  breaker: Breaker,
  outcome: Outcome,
  settings: BreakerSettings,
  now: Instant,
): Breaker {
  if (outcome === "success") return succeeded(breaker, settings, now);
  if (outcome === undefined)
    return breaker.state === "half-open" ? { ...breaker, state: "open", until: now } : breaker;
  if (breaker.state === "open") return breaker;
  const { row, answers, failed, since } = counted(breaker, settings, now);
  const inRow = outcome === "failure" ? row + 1 : row;
  const next = { ...breaker, since, row: inRow, answers: answers + 1, failed: failed + 1 };
  if (breaker.state === "closed" && !isEnough(next, settings)) return next;
  const pauseMs = Math.min(settings.longestMs, settings.pauseMs * 2 ** Math.min(next.opened, 20));
  return { ...next, state: "open", opened: next.opened + 1, until: now + pauseMs };
}

/** A success closes it, also one that nobody sent as a probe. */
function succeeded(breaker: Breaker, settings: BreakerSettings, now: Instant): Breaker {
  if (breaker.state !== "closed") return { ...CLOSED, since: now };
  const { answers, failed, since } = counted(breaker, settings, now);
  return { ...breaker, row: 0, since, opened: 0, answers: answers + 1, failed };
}

function counted(breaker: Breaker, { windowMs }: BreakerSettings, now: Instant): Breaker {
  if (now < breaker.since + windowMs) return breaker;
  return { ...breaker, since: now, answers: 0, failed: 0 };
}

function isEnough({ row, answers, failed }: Breaker, settings: BreakerSettings): boolean {
  return (
    row >= settings.failures || (answers >= settings.least && failed >= answers * settings.share)
  );
}
