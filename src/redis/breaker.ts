/** Keeps a Redis that is away from costing anything: after a few failures in a row commands fail at once, and a probe looks for its return. */
import type { Logger } from "../logger.ts";
import { isAway, StoreAwayError } from "./away.ts";

/** `half-open`: the probe is under way; commands still fail at once. */
export type BreakerState = "closed" | "open" | "half-open";

export interface BreakerOptions {
  /** Asks the server something cheap; rejects in bounded time when it is away. */
  readonly probe: () => Promise<unknown>;
  /** Failures in a row that open it. */
  readonly failuresToOpen?: number;
  /** Pause between probes while open, in milliseconds. */
  readonly probeEveryMs?: number;
}

export interface Breaker {
  readonly state: BreakerState;
  /** Runs a command, or rejects with `StoreAwayError` at once while not closed. */
  run<T>(command: () => Promise<T>): Promise<T>;
  /** Probes now. Resolves with whether the server answers; the state has followed by then. */
  probe(): Promise<boolean>;
  /** Calls back on every change of state; returns the way to stop that. */
  onChange(listener: (state: BreakerState) => void): () => void;
  close(): void;
}

export function createBreaker(options: BreakerOptions): Breaker {
  return new ProbingBreaker(options);
}

const OPEN = new StoreAwayError("Redis is away; not asked.");

class ProbingBreaker implements Breaker {
  state: BreakerState = "closed";
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #probing: Promise<boolean> | undefined;
  #closed = false;
  readonly #ask: () => Promise<unknown>;
  readonly #failuresToOpen: number;
  readonly #probeEveryMs: number;
  readonly #listeners = new Set<(state: BreakerState) => void>();

  constructor({ probe, failuresToOpen = 3, probeEveryMs = 250 }: BreakerOptions) {
    this.#ask = probe;
    this.#failuresToOpen = failuresToOpen;
    this.#probeEveryMs = probeEveryMs;
  }

  async run<T>(command: () => Promise<T>): Promise<T> {
    if (this.state !== "closed") throw OPEN;
    try {
      const reply = await command();
      this.#failures = 0;
      return reply;
    } catch (failure) {
      this.#count(failure);
      throw failure;
    }
  }

  probe(): Promise<boolean> {
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  onChange(listener: (state: BreakerState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #count(failure: unknown): void {
    if (!isAway(failure)) {
      this.#failures = 0;
      return;
    }
    this.#failures += 1;
    if (this.#failures >= this.#failuresToOpen && this.state === "closed") this.#open();
  }

  #open(): void {
    this.#become("open");
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.probe(), this.#probeEveryMs);
    this.#timer.unref();
  }

  async #probe(): Promise<boolean> {
    clearTimeout(this.#timer);
    if (this.state === "open") this.#become("half-open");
    const answers = await this.#ask().then(
      () => true,
      (failure) => !isAway(failure),
    );
    if (answers) {
      this.#failures = 0;
      this.#become("closed");
    } else {
      this.#open();
    }
    return answers;
  }

  #become(state: BreakerState): void {
    if (this.state === state) return;
    this.state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

/** Logs when the server goes away, and when it is back. Probes that fail are no news. */
export function logChanges(
  breaker: Breaker,
  logger: Logger,
  messages: { readonly away: string; readonly back: string },
): void {
  let isGone = false;
  breaker.onChange((state) => {
    if (state === "half-open" || (state === "open") === isGone) return;
    isGone = state === "open";
    if (isGone) logger.warn(messages.away);
    else logger.info(messages.back);
  });
}
