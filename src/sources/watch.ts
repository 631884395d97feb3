/** The clock of one fetch: the limit of the phase that it is in, and the limit of the whole. */
import type { SourceFault } from "../errors.ts";
import type { SourceTimeouts } from "./source.ts";

/** A limit that was passed. */
export interface Expiry {
  readonly fault: SourceFault;
  readonly limitMs: number;
}

/** What a fetch waits for. `nothing`: we are the ones who are waited for, and only the limit of the whole runs. */
export type Phase = "connect" | "first-byte" | "idle" | "nothing";

/** Longest that a timer can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * One timer for all limits. It is not moved when something happens: it goes off, looks at what has happened since, and is set again. While
 * bytes flow it looks four times per limit, so an end of the flow is noticed a quarter of the limit late at most.
 */
export class Watch {
  readonly #timeouts: SourceTimeouts;
  readonly #expire: (expiry: Expiry) => void;
  readonly #isMoving: () => boolean;
  readonly #startedAt: number;
  #phase: Phase = "connect";
  /** When the phase began, or was last seen to make progress. */
  #since = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;

  /**
   * Begins with the phase `connect`; the limit of the whole runs from `startedAt`, by `performance.now()`. `isMoving` tells whether something
   * has arrived since it was asked last: idleness begins anew then.
   */
  constructor(
    timeouts: SourceTimeouts,
    startedAt: number,
    expire: (expiry: Expiry) => void,
    isMoving: () => boolean,
  ) {
    this.#timeouts = timeouts;
    this.#expire = expire;
    this.#isMoving = isMoving;
    this.#startedAt = startedAt;
    this.#set(this.#since);
  }

  /** Starts the limit of a phase from zero, in place of the one that runs. */
  enter(phase: Phase): void {
    const now = performance.now();
    this.#phase = phase;
    this.#since = now;
    this.#set(now);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#dueAt = Number.NEGATIVE_INFINITY;
  }

  #limitMs(): number {
    const { connectMs, firstByteMs, idleMs } = this.#timeouts;
    if (this.#phase === "connect") return connectMs;
    if (this.#phase === "first-byte") return firstByteMs;
    return this.#phase === "idle" ? idleMs : Number.POSITIVE_INFINITY;
  }

  /** Makes sure that the timer goes off in time; one that goes off earlier than necessary is left alone. */
  #set(now: number): void {
    const limitMs = this.#limitMs();
    const phaseEndsAt = this.#since + limitMs;
    const lookAt = this.#phase === "idle" ? Math.min(phaseEndsAt, now + limitMs / 4) : phaseEndsAt;
    const dueAt = Math.min(lookAt, this.#startedAt + this.#timeouts.totalMs);
    if (dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    const delayMs = Math.min(Math.max(Math.ceil(dueAt - now), 1), LONGEST_MS);
    this.#timer = setTimeout(() => this.#look(), delayMs);
  }

  #look(): void {
    const now = performance.now();
    const { totalMs } = this.#timeouts;
    this.#dueAt = Number.POSITIVE_INFINITY;
    if (now - this.#startedAt >= totalMs) {
      this.#expire({ fault: "total-timeout", limitMs: totalMs });
      return;
    }
    if (this.#phase === "idle" && this.#isMoving()) this.#since = now;
    const limitMs = this.#limitMs();
    if (this.#phase === "nothing" || now - this.#since < limitMs) this.#set(now);
    else this.#expire({ fault: `${this.#phase}-timeout`, limitMs });
  }
}
