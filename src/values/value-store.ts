/** Where a value cache keeps its entries. */
import type { StoreHealth } from "../redis/health.ts";
import type { Flight } from "../store/flight.ts";
import type { ReadResult, WriteResult } from "../store/tiered.ts";
import type { WriteOptions } from "../store/writer.ts";
import type { StoredEntry } from "./entry.ts";

/** Names of counters begin with `n:`; everything else is an entry. */
export function isCounter(key: string): boolean {
  return key.startsWith("n:");
}

export interface ValueStore {
  readonly kind: "memory" | "redis";
  /** From this process's memory alone. */
  peek(key: string): StoredEntry | undefined;
  /** Never rejects; `failed` means that nobody knows. */
  read(key: string): Promise<ReadResult<StoredEntry>>;
  /** As `read`, past this process's memory. */
  readCurrent(key: string): Promise<ReadResult<StoredEntry>>;
  /** In order of fences. Never rejects. `failed`: other processes do not see it. */
  write(key: string, entry: StoredEntry, options: WriteOptions): Promise<WriteResult>;
  /** How many went: with `upTo` entries that have a newer fence stay. Rejects when the store does not answer. */
  remove(keys: readonly string[], upTo?: number): Promise<number>;
  /** Keys that match a pattern, and perhaps some that do not; in no order, some perhaps twice. Rejects when the store does not answer. */
  scan(pattern: string): AsyncIterable<readonly string[]>;
  /** Adds to a counter, which begins at 0 and then lives for `ttlMs`. Rejects when the store does not answer. */
  increment(key: string, by: number, ttlMs: number): Promise<number>;
  /** A number that grows with time, the same for all processes. Rejects when the store does not answer. */
  fence(): Promise<number>;
  /** See `Flights`. */
  begin(key: string): Promise<Flight>;
  /** Whether it answers, after `limitMs` at the latest. */
  ready(limitMs: number): Promise<boolean>;
  health(): Promise<StoreHealth>;
  /** Calls back when the store answers again after it did not. Returns the way to stop that. */
  onReturn(listener: () => void): () => void;
  close(): void;
}
