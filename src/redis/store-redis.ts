import type { RedisTarget } from "../config/config.ts";
import type { Logger } from "../logger.ts";
import type { Breaker } from "./breaker.ts";
import type { RedisClient } from "./connect.ts";

export interface StoreRedisOptions {
  /** Longest that a command on the request path waits, in milliseconds: `storeBudgetMs`. */
  readonly budgetMs: number;
  readonly logger: Logger;
}

/** The cache Redis as the store and the flights use it: it may be away at any time and then costs nothing. */
export interface StoreRedis {
  readonly target: RedisTarget;
  readonly breaker: Breaker;
  /** For what an answer waits for: rejects after `budgetMs`, at once while the breaker is open. */
  ask<T>(command: (client: RedisClient) => Promise<T>): Promise<T>;
  /** For what no answer waits for, on a connection of its own: rejects after five seconds, at once while the breaker is open. */
  work<T>(command: (client: RedisClient) => Promise<T>): Promise<T>;
  /** Resolves with whether both connections are ready, after `limitMs` at the latest. */
  ready(limitMs: number): Promise<boolean>;
  close(): void;
}

/** Connects to the cache role. Returns at once and never throws: a store that is away is a state, not an error. */
export declare function connectStore(target: RedisTarget, options: StoreRedisOptions): StoreRedis;
