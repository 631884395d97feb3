export type BreakerState = "closed" | "open" | "half-open";

export interface Breaker {
  readonly state: BreakerState;
  /** Runs a command, or rejects with `StoreAwayError` at once while the breaker is not closed. */
  run<T>(command: () => Promise<T>): Promise<T>;
  /** Probes now. Resolves with whether Redis answers; the state has followed by then. */
  probe(): Promise<boolean>;
  /** Calls back on every change of state; returns the way to stop that. */
  onChange(listener: (state: BreakerState) => void): () => void;
  close(): void;
}
