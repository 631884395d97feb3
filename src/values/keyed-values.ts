/** Reading and writing values one by one or many at a time. */
import { errorOf } from "../errors.ts";
import type { Core } from "./core.ts";
import type { Look } from "./entries.ts";
import { CacheConnectionError } from "./errors.ts";
import { type Duration, jittered, type Spans, spansOf, toMs } from "./lifetimes.ts";
import type { ReadOptions, SetOptions } from "./options.ts";

/** What stands under a key: unlike `get` it tells a stored `undefined` from a miss, and shows what is stale. */
export type Lookup<T> =
  | {
      readonly state: "fresh" | "stale";
      readonly value: T;
      /** Seconds since it was stored. */
      readonly age: number;
      /** Seconds until it is stale; negative afterwards. */
      readonly ttl: number;
    }
  | { readonly state: "absent" }
  /** The store does not answer. */
  | { readonly state: "unknown" };

/** Keys are any text that is not empty. Values are data: whatever JSON holds, and dates, maps, sets, big integers, binary, `undefined`. */
export class KeyedValues {
  readonly #core: Core;
  readonly #spans: Spans;

  constructor(core: Core, spans: Spans) {
    this.#core = core;
    this.#spans = spans;
  }

  /** Whether it does anything; switched off, reads miss, writes do nothing and functions are called. */
  get enabled(): boolean {
    return this.#core.settings.enabled;
  }

  /** The value while it is fresh, else undefined. */
  async get<T = unknown>(key: string, options: ReadOptions<T> = {}): Promise<T | undefined> {
    const seen = this.#told(key, await this.#look(key, options));
    return seen.state === "fresh" ? (seen.value as T) : undefined;
  }

  async lookup<T = unknown>(key: string, options: ReadOptions<T> = {}): Promise<Lookup<T>> {
    const seen = await this.#look(key, options);
    if (!("entry" in seen)) return seen;
    const now = this.#core.settings.clock.now();
    const { storedAt, staleAt } = seen.entry;
    return {
      state: seen.state,
      value: seen.value as T,
      age: (now - storedAt) / 1_000,
      ttl: (staleAt - now) / 1_000,
    };
  }

  /** Whether a fresh value stands there. */
  async has(key: string): Promise<boolean> {
    return (await this.#look(key, {})).state === "fresh";
  }

  /** Whole seconds for which the value is still fresh, rounded up; undefined when there is none. */
  async ttl(key: string): Promise<number | undefined> {
    const seen = await this.lookup(key);
    return seen.state === "fresh" ? Math.ceil(seen.ttl) : undefined;
  }

  /** The values that are fresh, by key: one round trip for all. */
  async getMany<T = unknown>(
    keys: readonly string[],
    options: ReadOptions<T> = {},
  ): Promise<Map<string, T>> {
    const seen = await Promise.all(keys.map((key) => this.#look(key, options)));
    const found = new Map<string, T>();
    for (const [i, key] of keys.entries()) {
      const one = this.#told(key, seen[i] as Look);
      if (one.state === "fresh") found.set(key, one.value as T);
    }
    return found;
  }

  /** Stores a value. False: the store did not take it; what stood there before is removed as soon as it can be. */
  async set(key: string, value: unknown, options: SetOptions = {}): Promise<boolean> {
    return this.#set(key, value, options, spansOf(options, this.#spans));
  }

  /** Stores values, each with a life a little shorter than said, so that they do not expire together. Resolves with how many the store took. */
  async setMany(
    values: Iterable<readonly [string, unknown]>,
    options: SetOptions = {},
  ): Promise<number> {
    const { jitter, random } = this.#core.settings;
    const spans = spansOf(options, this.#spans);
    const stored = await Promise.all(
      Array.from(values, ([key, value]) =>
        this.#set(key, value, options, jittered(spans, jitter, random())),
      ),
    );
    return stored.filter(Boolean).length;
  }

  /** Begins the life of a value anew. False: there is none, or it has been replaced meanwhile. */
  async touch(key: string, ttl?: Duration): Promise<boolean> {
    if (!this.enabled) return false;
    return this.#core.writes.touch(key, ({ storedAt, staleAt, revalidateUntil, onErrorUntil }) => ({
      ttlMs: ttl === undefined ? staleAt - storedAt : toMs(ttl),
      revalidateMs: revalidateUntil - staleAt,
      onErrorMs: onErrorUntil - staleAt,
    }));
  }

  /**
   * Adds to a counter that all processes share and resolves with its new value; 0 only reads it. It begins at 0 and then lives for `ttl`, however
   * often it grows. Counters are no values: `get` does not see them, `delete` and the clearing methods remove them. Undefined: the store does not
   * answer, or the cache is switched off.
   */
  async increment(
    key: string,
    amount = 1,
    options: { readonly ttl?: Duration } = {},
  ): Promise<number | undefined> {
    if (!Number.isSafeInteger(amount)) throw new TypeError("A counter grows by whole numbers.");
    if (!this.enabled) return undefined;
    const { removals, store } = this.#core;
    const ttlMs = options.ttl === undefined ? this.#spans.ttlMs : toMs(options.ttl);
    try {
      return await store.increment(removals.counterOf(key), amount, Math.max(1, ttlMs));
    } catch (failure) {
      return this.#failed("increment", failure);
    }
  }

  async #look(key: string, { version = "", schema }: ReadOptions): Promise<Look> {
    if (!this.enabled) return { state: "absent" };
    const { entries } = this.#core;
    const expected = { version, schema };
    const seen = entries.peek(key, expected) ?? (await entries.look(key, expected));
    if (seen.state === "unknown" && !this.#core.settings.failSilently)
      throw new CacheConnectionError("The cache store does not answer.");
    return seen;
  }

  /** Counts what a reader got, and passes it on. */
  #told(key: string, seen: Look): Look {
    const { recorder } = this.#core;
    if (seen.state === "fresh") recorder.tell("hit", { key });
    else recorder.tell("miss", { key, because: seen.state === "unknown" ? "unknown" : "absent" });
    return seen;
  }

  async #set(key: string, value: unknown, options: SetOptions, spans: Spans): Promise<boolean> {
    if (!this.enabled) return false;
    const { tags = [], version = "" } = options;
    return this.#core.writes.set(key, value, { spans, tags, version });
  }

  #failed(operation: string, failure: unknown): undefined {
    const error = errorOf(failure);
    this.#core.recorder.tell("failure", { operation, error });
    if (!this.#core.settings.failSilently)
      throw new CacheConnectionError("The cache store does not answer.", { cause: error });
    return undefined;
  }
}
