/** The first signal ends a command in order, the second at once. */

/** Exit code of a command that a signal ended (128 and SIGINT). */
export const EXIT_INTERRUPTED = 130;

export interface Ending {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  /** Signals mean again what they meant before. */
  release(): void;
}

/** `onFirst`: what is said, or done, with the first signal. */
export function endOnSignals(onFirst: () => void): Ending {
  const ending = new AbortController();
  const interrupt = () => {
    if (ending.signal.aborted) process.exit(EXIT_INTERRUPTED);
    onFirst();
    ending.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  return {
    signal: ending.signal,
    release: () => void process.off("SIGINT", interrupt).off("SIGTERM", interrupt),
  };
}
