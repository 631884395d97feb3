import type { Logger } from "../logger.ts";
import type { StoreRedis } from "../redis/store-redis.ts";
import type { Tracking } from "./tracking.ts";

/** How values become bytes. The store adds its own frame with fence, length and checksum. */
export interface Codec<T> {
  encode(value: T): Buffer;
  /** Throws when the bytes are not a value. May keep views of `blob`. */
  decode(blob: Buffer): T;
  /** Bytes that the value occupies in memory. */
  sizeOf(value: T): number;
}

export type ReadResult<T> =
  | { readonly state: "found"; readonly value: T; readonly tier: "memory" | "redis" }
  | { readonly state: "absent" }
  | { readonly state: "failed"; readonly cause: Error };

export type WriteResult = "written" | "superseded" | "failed";

export interface WriteOptions {
  /** Order of writes, from the flight: a value never replaces one with a newer fence. */
  readonly fence: number;
  /** When Redis drops the value. */
  readonly ttlMs: number;
}

/** Counters since the start, and two gauges. */
export interface TieredStats {
  readonly memoryBytes: number;
  readonly memoryEntries: number;
  /** Whether the memory tier answers. */
  readonly memoryTrusted: boolean;
  readonly memoryHits: number;
  readonly redisHits: number;
  readonly absent: number;
  readonly readsFailed: number;
  readonly corrupt: number;
  readonly written: number;
  readonly superseded: number;
  readonly writesFailed: number;
}

/** Values by canonical key (a string of any length): a memory tier, kept coherent across processes, over Redis. Values are immutable. */
export interface TieredStore<T> {
  /** From memory alone, without waiting. */
  peek(key: string): T | undefined;
  /** From memory or Redis. Never rejects; `failed` means that nobody knows, within the store's budget. */
  read(key: string): Promise<ReadResult<T>>;
  /**
   * Stores for all processes. Never rejects. `failed`: Redis did not take it; when it is away this process alone keeps the value
   * in memory for a short time, so that work is not repeated for every request.
   */
  write(key: string, value: T, options: WriteOptions): Promise<WriteResult>;
  /** Removes for all processes. Resolves with how many were there; rejects when Redis is away. */
  remove(keys: readonly string[]): Promise<number>;
  stats(): TieredStats;
  /** Lets go of listeners and timers; the connections belong to who made them. */
  close(): void;
}

export interface TieredStoreOptions<T> {
  readonly redis: StoreRedis;
  readonly tracking: Tracking;
  readonly codec: Codec<T>;
  /** Bound of the memory tier; 0 switches it off. */
  readonly memoryMaxBytes: number;
  readonly logger: Logger;
}

export declare function createTieredStore<T>(options: TieredStoreOptions<T>): TieredStore<T>;
