/** What a value cache tells of itself: events for those who listen, and counters always. */

export interface CacheEvents {
  /** A stored value was given out. */
  readonly hit: { readonly key: string };
  /** A value past its freshness was given out, and why. */
  readonly stale: { readonly key: string; readonly because: "revalidating" | "error" | "slow" };
  /** There was nothing to give out. `unknown`: the store did not answer. */
  readonly miss: { readonly key: string; readonly because: "absent" | "unknown" };
  /** A function was called for a value. `superseded`: it was invalidated meanwhile, so the result was not kept. */
  readonly load: {
    readonly key: string;
    readonly durationMs: number;
    readonly outcome: "stored" | "superseded" | "not-stored" | "failed";
  };
  /** What was read did not pass its check and was taken for a miss. */
  readonly invalid: { readonly key: string; readonly reason: string };
  /** A value was not stored, because it could not be or must not be. */
  readonly refused: { readonly key: string; readonly reason: string };
  /** The store did not do what it was asked. */
  readonly failure: { readonly operation: string; readonly error: Error };
  /** An invalidation did not reach the store; it is tried again until it does. */
  readonly invalidationQueued: { readonly what: string; readonly error: Error };
  /** An invalidation that was queued has reached the store. */
  readonly invalidationDone: { readonly what: string };
}

/** Counters since the start, in the order in which they matter. */
export interface CacheCounters {
  hits: number;
  staleHits: number;
  misses: number;
  loads: number;
  loadFailures: number;
  stored: number;
  superseded: number;
  invalid: number;
  refused: number;
  failures: number;
  invalidations: number;
  invalidationsQueued: number;
}

type Name = keyof CacheEvents;
type Listener<N extends Name> = (event: CacheEvents[N]) => void;

const NO_COUNTS: CacheCounters = {
  hits: 0,
  staleHits: 0,
  misses: 0,
  loads: 0,
  loadFailures: 0,
  stored: 0,
  superseded: 0,
  invalid: 0,
  refused: 0,
  failures: 0,
  invalidations: 0,
  invalidationsQueued: 0,
};

const COUNTED: Readonly<Partial<Record<Name, keyof CacheCounters>>> = {
  hit: "hits",
  stale: "staleHits",
  miss: "misses",
  invalid: "invalid",
  refused: "refused",
  failure: "failures",
  invalidationQueued: "invalidationsQueued",
};

export class Recorder {
  readonly counts: CacheCounters = { ...NO_COUNTS };
  readonly #listeners = new Map<Name, Set<Listener<never>>>();

  /** Returns the way to stop listening. */
  on<N extends Name>(name: N, listener: Listener<N>): () => void {
    const all = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, all);
    all.add(listener as Listener<never>);
    return () => all.delete(listener as Listener<never>);
  }

  /** Counts, and tells whoever listens. What a listener throws becomes a warning of the process. */
  tell<N extends Name>(name: N, event: CacheEvents[N]): void {
    const counter = COUNTED[name];
    if (counter !== undefined) this.counts[counter] += 1;
    if (name === "load") this.#countLoad(event as CacheEvents["load"]);
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        (listener as Listener<N>)(event);
      } catch (thrown) {
        process.emitWarning(thrown instanceof Error ? thrown : String(thrown));
      }
    }
  }

  #countLoad({ outcome }: CacheEvents["load"]): void {
    this.counts.loads += 1;
    if (outcome === "failed") this.counts.loadFailures += 1;
    if (outcome === "stored") this.counts.stored += 1;
    if (outcome === "superseded") this.counts.superseded += 1;
  }
}
