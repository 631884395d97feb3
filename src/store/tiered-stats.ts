/** What a tiered store counts. */

/** Counters since the start, and three gauges. */
export interface TieredStats {
  readonly memoryBytes: number;
  readonly memoryEntries: number;
  /** Whether the memory tier answers. */
  readonly memoryServing: boolean;
  readonly memoryHits: number;
  readonly redisHits: number;
  readonly absent: number;
  readonly readsFailed: number;
  readonly corrupt: number;
  readonly written: number;
  readonly superseded: number;
  readonly writesFailed: number;
}

/** The counters before anything happened. */
export const NO_COUNTS = {
  memoryHits: 0,
  redisHits: 0,
  absent: 0,
  corrupt: 0,
  readsFailed: 0,
  written: 0,
  superseded: 0,
  writesFailed: 0,
};
