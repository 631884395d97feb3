/** What the work of a job throws to say when, or whether, it is tried again. Anything else thrown is tried again with backoff. */
import type { Instant } from "../fields.ts";

/** Nothing is wrong with the job; whoever it asks wants to be left alone until then. Uses no attempt. */
export class RetryAt extends Error {
  override readonly name = "RetryAt";
  readonly at: Instant;
  constructor(at: Instant, message = "The source asked to come back later.") {
    super(message);
    this.at = at;
  }
}

/** Trying again cannot help. */
export class NeverRetry extends Error {
  override readonly name = "NeverRetry";
}

/** Why a run is aborted, and then why its job failed, when somebody cancelled it. */
export const CANCELLED = "Cancelled.";

/** Why a job failed whose worker died each time: BullMQ's words. */
export const LOST = "job stalled more than allowable limit";

const SHORTEST_MS = 1_000;
const LONGEST_MS = 3_600_000;
/** Share by which the wait grows at random, so that jobs told the same instant do not all come at it. */
const SPREAD = 0.1;

/** How long a job waits for `at`: a second at least, an hour at most. `random` is from 0 to 1. */
export function waitUntil(at: Instant, now: Instant, random: number): number {
  const asked = Math.max(at - now, SHORTEST_MS);
  return Math.min(Math.ceil(asked * (1 + SPREAD * random)), LONGEST_MS);
}
