/** Values by key: a memory tier, kept coherent across processes, over Redis. */
import { errorOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Breaker } from "../redis/breaker.ts";
import { entryKey } from "../redis/keys.ts";
import type { StoreRedis } from "../redis/store-redis.ts";
import { type Held, Memory, type Placeholder } from "./memory.ts";
import { type Codec, RedisTier, type TierRead } from "./redis-tier.ts";
import { NO_COUNTS, type TieredStats } from "./tiered-stats.ts";
import type { Tracking } from "./tracking.ts";
import { Trust } from "./trust.ts";
import type { WriteOptions } from "./writer.ts";

export type { Codec } from "./redis-tier.ts";

export type ReadResult<T> =
  | { readonly state: "found"; readonly value: T; readonly tier: "memory" | "redis" }
  | { readonly state: "absent" }
  | { readonly state: "failed"; readonly cause: Error };

export type WriteResult = "written" | "superseded" | "failed";

/** Keys are strings of any length. Values are immutable, and held in memory as they were given or decoded. */
export interface TieredStore<T> {
  /** From memory alone, without waiting. */
  peek(key: string): T | undefined;
  /** From memory or Redis. Never rejects; `failed` means that nobody knows, within the store's budget. */
  read(key: string): Promise<ReadResult<T>>;
  /** As `read`, by a name from `reference`, past the memory tier: keys may hold secrets, so jobs hold references. */
  readReference(reference: string): Promise<ReadResult<T>>;
  /**
   * Stores for all processes. Memory lets go of the value when Redis announces that its time is over, so a value that must not be used
   * after an instant carries that instant. Never rejects. `failed`: Redis did not take it, or did not say; this process then serves it from memory for
   * a second, or for 30 while Redis is away, so that work is not repeated for every request.
   */
  write(key: string, value: T, options: WriteOptions): Promise<WriteResult>;
  /** Removes for all processes; with `upTo` those that have a newer fence stay. Resolves with how many went; rejects when Redis is away. */
  remove(keys: readonly string[], upTo?: number): Promise<number>;
  stats(): TieredStats;
  /** Lets go of listeners and timers; the connections belong to who made them. */
  close(): void;
}

/** The name of a key for `readReference`. */
export function reference(key: string): string {
  return entryKey(key);
}

export interface TieredStoreOptions<T> {
  readonly redis: StoreRedis;
  readonly tracking: Tracking;
  readonly codec: Codec<T>;
  /** What a key is called in Redis; `entryKey` when absent. Other names start with as many characters, and with a digest in braces after them. */
  readonly nameOf?: (key: string) => string;
  /** Bound of the memory tier; 0 switches it off. */
  readonly memoryMaxBytes: number;
  readonly logger: Logger;
}

export function createTieredStore<T>(options: TieredStoreOptions<T>): TieredStore<T> {
  return new RedisTieredStore(options);
}

class RedisTieredStore<T> implements TieredStore<T> {
  readonly #memory: Memory<T>;
  readonly #redis: RedisTier<T>;
  readonly #breaker: Breaker;
  readonly #trust: Trust;
  readonly #nameOf: (key: string) => string;
  readonly #counts = { ...NO_COUNTS };
  /** Reads that were asked for in this turn of the event loop. */
  #turn = new Map<string, Promise<ReadResult<T>>>();

  constructor(options: TieredStoreOptions<T>) {
    const { redis, tracking, codec, nameOf = entryKey, memoryMaxBytes, logger } = options;
    this.#nameOf = nameOf;
    this.#memory = new Memory(memoryMaxBytes, codec.sizeOf);
    this.#memory.onOwnAnnounced = (key, held) => void this.#confirm(key, held);
    this.#redis = new RedisTier(redis, codec, logger);
    this.#breaker = redis.breaker;
    this.#trust = new Trust(this.#memory, redis, tracking);
  }

  peek(key: string): T | undefined {
    const value = this.#memory.get(key);
    if (value !== undefined) this.#counts.memoryHits += 1;
    return value;
  }

  read(key: string): Promise<ReadResult<T>> {
    const value = this.peek(key);
    if (value !== undefined) return Promise.resolve({ state: "found", value, tier: "memory" });
    const shared = this.#turn.get(key);
    if (shared !== undefined) return shared;
    if (this.#turn.size === 0) setImmediate(this.#endTurn);
    const reading = this.#readThrough(key, this.#nameOf(key));
    this.#turn.set(key, reading);
    return reading;
  }

  readReference(reference: string): Promise<ReadResult<T>> {
    return this.#readThrough(undefined, reference);
  }

  /** A new map: one that is cleared leaves a chain of old tables behind, through which a dead one keeps alive what all later ones held. */
  readonly #endTurn = (): void => {
    this.#turn = new Map();
  };

  #readThrough(key: string | undefined, redisKey: string): Promise<ReadResult<T>> {
    const place = this.#memory.expect(redisKey);
    return new Promise((resolve) =>
      this.#redis.read(redisKey, this.#memory.holds, {
        take: (read) => {
          resolve(this.#take(key, redisKey, place, read));
          place.release();
        },
        fail: (failure) => {
          this.#counts.readsFailed += 1;
          resolve({ state: "failed", cause: errorOf(failure) });
          place.release();
        },
      }),
    );
  }

  #take(
    key: string | undefined,
    redisKey: string,
    place: Placeholder,
    read: TierRead<T>,
  ): ReadResult<T> {
    if (read.state !== "found") {
      this.#counts[read.state] += 1;
      return { state: "absent" };
    }
    const { value, fence, write } = read;
    this.#counts.redisHits += 1;
    if (key !== undefined && !place.outdated)
      this.#memory.put(key, { value, redisKey, fence, write, own: false });
    return { state: "found", value, tier: "redis" };
  }

  async write(key: string, value: T, options: WriteOptions): Promise<WriteResult> {
    const { fence, ttlMs } = options;
    const redisKey = this.#nameOf(key);
    const place = this.#memory.expect(redisKey);
    try {
      const written = await this.#redis.write(redisKey, value, options);
      this.#counts[written.outcome] += 1;
      if (written.outcome === "superseded") return "superseded";
      const held = { value, redisKey, fence, write: written.write, own: true };
      this.#memory.put(key, held);
      if (place.outdated) void this.#confirm(key, held);
      return "written";
    } catch {
      this.#counts.writesFailed += 1;
      const held = { value, redisKey, fence, write: "", own: false };
      const lifeMs = Math.min(ttlMs, this.#trust.unsharedLifeMs);
      if (!place.outdated || this.#trust.away) this.#memory.put(key, held, lifeMs);
      return "failed";
    } finally {
      place.release();
    }
  }

  async remove(keys: readonly string[], upTo?: number): Promise<number> {
    const redisKeys = keys.map(this.#nameOf);
    keys.forEach((key, i) => {
      this.#memory.forget(key, redisKeys[i] as string);
    });
    return this.#redis.remove(redisKeys, upTo);
  }

  stats(): TieredStats {
    const { bytes: memoryBytes, entries: memoryEntries, serving: memoryServing } = this.#memory;
    return { memoryBytes, memoryEntries, memoryServing, ...this.#counts };
  }

  close(): void {
    this.#trust.close();
  }

  /** An own write was announced, perhaps with another's: it is held on only if it is what Redis holds, or Redis is away. */
  async #confirm(key: string, held: Held<T>): Promise<void> {
    const stands = await this.#redis
      .stands(held.redisKey, held.write)
      .catch(async () => !(await this.#breaker.probe()));
    if (!stands) this.#memory.drop(key, held);
  }
}
