/** What the value cache knows of time. */
import type { Instant } from "../fields.ts";

export interface Clock {
  now(): Instant;
  /** Runs once after so many milliseconds, without keeping the process alive; returns the way to call it off. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** The promise's result, or `undefined` when it does not come within `ms`; then it goes on unheard. Rejects as the promise does in time. */
export function within<T>(
  clock: Clock,
  ms: number,
  promise: Promise<T>,
): Promise<{ readonly value: T } | undefined> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(ms, () => resolve(undefined));
    promise.then(
      (value) => {
        stop();
        resolve({ value });
      },
      (failure) => {
        stop();
        reject(failure);
      },
    );
  });
}
