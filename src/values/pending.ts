/**
 * Invalidations on their way into the store. Until one has arrived, what it is about is not given out by this process; one that fails is
 * told, kept, and tried again until it arrives.
 */
import { errorOf, messageOf } from "../errors.ts";
import { within } from "./clock.ts";
import type { ValueEntry } from "./entry.ts";
import { CacheConnectionError } from "./errors.ts";
import type { Recorder } from "./events.ts";
import type { Settings } from "./settings.ts";

export interface Invalidation<T> {
  /** For people. Names no key, which may hold what is secret. */
  readonly what: string;
  covers(key: string, entry: ValueEntry): boolean;
  /** Something newer is on its way to a key, or fails and is removed anew: what has not been sent yet for it need not be. */
  outrun?(key: string): void;
  /** Something newer stands under a key: it is no longer meant. */
  spare?(key: string): void;
  /** May run more than once. Rejects when the store does not take it. */
  apply(): Promise<T>;
}

/** Invalidations that a newer value of a key makes up for. */
export interface Overtaken {
  /** The value's place in time is known; it is stored, or else removed anew. */
  sending(): void;
  stored(): void;
}

/** More than this many become one that clears everything. */
const MOST_QUEUED = 10_000;
/** Steps of the store that an invalidation takes at most, as long as the store is well. */
const STEPS = 6;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 15_000;

export class Pending {
  readonly #settings: Settings;
  readonly #recorder: Recorder;
  readonly #clearAll: () => Promise<unknown>;
  /** Begun and not known to have arrived. */
  readonly #open = new Set<Invalidation<unknown>>();
  /** Of those, the ones that failed. */
  readonly #queue = new Set<Invalidation<unknown>>();
  #stopRetry: (() => void) | undefined;
  #retryMs = FIRST_RETRY_MS;
  #draining = false;
  #closed = false;

  /** `clearAll` invalidates everything of the namespace. */
  constructor(settings: Settings, recorder: Recorder, clearAll: () => Promise<unknown>) {
    this.#settings = settings;
    this.#recorder = recorder;
    this.#clearAll = clearAll;
  }

  /** Invalidations that failed and are tried again. */
  get size(): number {
    return this.#queue.size;
  }

  covers(key: string, entry: ValueEntry): boolean {
    for (const each of this.#open) if (each.covers(key, entry)) return true;
    return false;
  }

  /** What is on its way when somebody begins to store a newer value of a key. What begins after that is meant for the newer value too. */
  overtake(key: string): Overtaken {
    const earlier = [...this.#open];
    return {
      sending: () => {
        for (const each of earlier) each.outrun?.(key);
      },
      stored: () => {
        for (const each of earlier) each.spare?.(key);
      },
    };
  }

  /**
   * Applies it, waiting no longer than `limitMs`, or than a few steps of the store may take. Undefined: it is queued. Throws a `CacheConnectionError` then when the
   * cache was told not to be silent; it is queued all the same.
   */
  async run<T>(
    invalidation: Invalidation<T>,
    limitMs = STEPS * this.#settings.budgetMs,
  ): Promise<T | undefined> {
    this.#open.add(invalidation);
    const { clock, failSilently } = this.#settings;
    const applying = this.#apply(invalidation);
    applying.catch((failure) => this.#keep(invalidation, failure));
    try {
      const done = Number.isFinite(limitMs)
        ? await within(clock, limitMs, applying)
        : { value: await applying };
      if (done !== undefined) return done.value;
      throw new Error("The store did not answer in time.");
    } catch (failure) {
      this.#keep(invalidation, failure);
      if (failSilently) return undefined;
      throw new CacheConnectionError(`An invalidation is queued: ${messageOf(failure)}`, {
        cause: failure,
      });
    }
  }

  /** Tries everything that is queued now; resolves with whether all of it has arrived. */
  async drain(): Promise<boolean> {
    if (this.#draining) return this.#queue.size === 0;
    this.#draining = true;
    this.#stopRetry?.();
    try {
      for (const each of [...this.#queue]) await this.#apply(each);
      this.#retryMs = FIRST_RETRY_MS;
    } catch {
      this.#retryMs = Math.min(LAST_RETRY_MS, 2 * this.#retryMs);
    } finally {
      this.#draining = false;
      this.#retryLater();
    }
    return this.#queue.size === 0;
  }

  close(): void {
    this.#closed = true;
    this.#stopRetry?.();
  }

  async #apply<T>(invalidation: Invalidation<T>): Promise<T> {
    const result = await invalidation.apply();
    this.#open.delete(invalidation);
    const { what } = invalidation;
    if (this.#queue.delete(invalidation)) this.#recorder.tell("invalidationDone", { what });
    return result;
  }

  #keep(invalidation: Invalidation<unknown>, failure: unknown): void {
    if (this.#queue.has(invalidation) || !this.#open.has(invalidation)) return;
    const error = errorOf(failure);
    this.#recorder.tell("invalidationQueued", { what: invalidation.what, error });
    if (this.#queue.size >= MOST_QUEUED) this.#collapse();
    else this.#queue.add(invalidation);
    this.#retryLater();
  }

  #collapse(): void {
    this.#open.clear();
    this.#queue.clear();
    const all = { what: "everything", covers: () => true, apply: this.#clearAll };
    this.#open.add(all);
    this.#queue.add(all);
  }

  #retryLater(): void {
    this.#stopRetry?.();
    if (this.#queue.size === 0 || this.#closed) return;
    const jitter = 0.5 + this.#settings.random() / 2;
    this.#stopRetry = this.#settings.clock.after(this.#retryMs * jitter, () => void this.drain());
  }
}
