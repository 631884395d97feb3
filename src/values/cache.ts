/** The value cache as applications see it. */
import type { StoreHealth } from "../redis/health.ts";
import type { Core } from "./core.ts";
import type { CacheCounters, CacheEvents } from "./events.ts";
import { KeyedValues } from "./keyed-values.ts";
import { type Duration, type Spans, spansOf, toMs } from "./lifetimes.ts";
import type { Call, LoadContext } from "./load.ts";
import {
  type CallRules,
  callOf,
  type LoadOptions,
  rulesOf,
  type SetOptions,
  type WarmResult,
  type WarmTask,
} from "./options.ts";
import { warm } from "./warm.ts";
import {
  type Decorator,
  decorate,
  type Invalidates,
  invalidating,
  type KeyRules,
  type WrapOptions,
  type Wrapped,
  type Wrapping,
  wrap,
} from "./wrap.ts";

export interface CacheStats extends CacheCounters {
  /** Share of calls that were answered from the store, 0 to 1; 0 before the first. */
  readonly hitRate: number;
  /** Invalidations that have not reached the store yet. */
  readonly pendingInvalidations: number;
}

/** A function as what it takes and gives: types are told by the function alone, never by what the options make of them. */
type Returning<F extends (...args: never[]) => unknown> = (
  ...args: Parameters<F>
) => Awaited<ReturnType<F>> | Promise<Awaited<ReturnType<F>>>;

const NO_TAGS: readonly string[] = [];

/** One cache: what stands over a store, under a namespace. */
export class ValueCache extends KeyedValues {
  readonly #core: Core;
  readonly #spans: Spans;

  constructor(core: Core, spans: Spans) {
    super(core, spans);
    this.#core = core;
    this.#spans = spans;
  }

  /** Removes values and counters, for all processes. Resolves with how many were there; 0 also when the removal is queued. */
  async delete(keys: string | readonly string[]): Promise<number> {
    const all = typeof keys === "string" ? [keys] : keys;
    if (!this.enabled || all.length === 0) return 0;
    return (await this.#core.removals.delete(all)) ?? 0;
  }

  /** Removes everything of the namespace, at once, whatever its size. */
  async clear(): Promise<void> {
    if (this.enabled) await this.#core.removals.clear();
  }

  /**
   * Removes what matches a pattern of Redis: `*`, `?`, `[ab]`, a backslash before what stands for itself (`escapePattern`). Looks through all
   * keys, so tags are the better way for what happens often. Resolves with about how many there were; 0 also when the removal is queued.
   */
  async clearPattern(pattern: string): Promise<number> {
    return this.enabled ? ((await this.#core.removals.clearPattern(pattern)) ?? 0) : 0;
  }

  /** Removes all values that have one of these tags, at once, however many they are. */
  async invalidateTag(...tags: readonly string[]): Promise<void> {
    if (this.enabled && tags.length > 0) await this.#core.removals.invalidateTags(tags);
  }

  /** The value under a key, made by `load` when there is none: by one caller in the fleet, while the others wait. */
  async remember<T>(
    key: string,
    load: (context: LoadContext) => T | Promise<T>,
    options: LoadOptions<T> = {},
  ): Promise<T> {
    if (!this.enabled) return load({ signal: new AbortController().signal });
    return this.#core.loader.get(this.#callOf(key, load, options)) as Promise<T>;
  }

  /**
   * Calls `write`, which changes the truth and returns the new value, and stores that; see `docs/values.md` for what happens when two do so at
   * once. Rejects as `write` does; the key is then empty.
   */
  async writeThrough<T>(
    key: string,
    write: () => T | Promise<T>,
    options: SetOptions = {},
  ): Promise<T> {
    if (!this.enabled) return write();
    const { tags = [], version = "" } = options;
    const spans = spansOf(options, this.#spans);
    return this.#core.writes.writeThrough(key, write, { spans, tags, version });
  }

  /** Makes what is not there and fresh, a few at a time. Never rejects; when all processes of a fleet do so at once, each value is made once. */
  async warm(
    tasks: readonly WarmTask[],
    { concurrency = 4 }: { readonly concurrency?: number } = {},
  ): Promise<WarmResult> {
    if (!this.enabled) return { loaded: 0, present: 0, failed: 0 };
    const calls = tasks.map((task) => this.#callOf(task.key, task.load, task));
    return warm(this.#core, calls, concurrency);
  }

  /**
   * A function with the same arguments whose results are kept. The key is the function's name and its arguments, or what `key` says. Throws a
   * `TypeError` for a function without a name, and for two functions of one name that is not given on purpose.
   */
  wrap<F extends (...args: never[]) => unknown>(
    fn: F,
    options: WrapOptions<Parameters<F>, Awaited<ReturnType<F>>> = {},
  ): Wrapped<Parameters<F>, Awaited<ReturnType<F>>> {
    return wrap(this.#wrapping, fn as Returning<F>, options);
  }

  /** The same as a decorator of methods, or of functions: `cached({ name })(fn)`. Methods of instances must say what their key is made of. */
  cached<This = unknown, A extends unknown[] = never[]>(
    options: WrapOptions<A, unknown> & KeyRules<This, A> = {},
  ): Decorator<This, A> {
    return decorate(this.#wrapping, options);
  }

  /** A decorator of methods or functions that change things: when one has succeeded, what it says is invalidated. */
  invalidates<This = unknown, A extends unknown[] = never[]>(
    what: Invalidates<This, A>,
  ): Decorator<This, A> {
    return invalidating(this, what);
  }

  /** Listens; returns the way to stop. */
  on<N extends keyof CacheEvents>(name: N, listener: (event: CacheEvents[N]) => void): () => void {
    return this.#core.recorder.on(name, listener);
  }

  stats(): CacheStats {
    const { recorder, pending } = this.#core;
    const { hits, staleHits, misses } = recorder.counts;
    const served = hits + staleHits;
    const asked = served + misses;
    const hitRate = asked === 0 ? 0 : served / asked;
    return { ...recorder.counts, hitRate, pendingInvalidations: pending.size };
  }

  /** Resolves with true as soon as the store answers, with false when it does not in time. Not needed before the first call. */
  ready(within: Duration = 5): Promise<boolean> {
    return this.#core.store.ready(toMs(within));
  }

  /** How the store is. Never rejects. */
  healthCheck(): Promise<StoreHealth> {
    return this.#core.store.health();
  }

  #callOf<T>(
    key: string,
    load: (context: LoadContext) => T | Promise<T>,
    options: LoadOptions<T>,
  ): Call {
    const tags = options.tags ?? NO_TAGS;
    return callOf(this.#rulesOf(options), { key, load, tags });
  }

  #rulesOf<T>(options: LoadOptions<T>): CallRules {
    return rulesOf(options, { spans: this.#spans, settings: this.#core.settings });
  }

  /** For functions whose options are read once and not with each call. */
  get #wrapping(): Wrapping {
    const { names, loader } = this.#core;
    return {
      names,
      enabled: this.enabled,
      rulesOf: (options) => this.#rulesOf(options),
      get: (call) => loader.get(call),
      delete: (key) => this.delete(key),
    };
  }
}
