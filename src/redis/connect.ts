import type { Cluster, Redis } from "ioredis";
import type { RedisTarget } from "../config/config.ts";
import type { Logger } from "../logger.ts";

/** An ioredis client, taken as it is by BullMQ's `connection`. */
export type RedisClient = Redis | Cluster;

export type RedisRole = "queue" | "cache";

export interface ConnectOptions {
  /** For log lines. */
  readonly role: RedisRole;
  readonly logger: Logger;
}

export interface RequestConnectOptions extends ConnectOptions {
  /** Longest that one command waits, in milliseconds. */
  readonly budgetMs: number;
}

/**
 * A connection for work that somebody waits for: commands fail at once while there is no connection and after `budgetMs` when
 * there is no reply; nothing is queued or retried. It reconnects for ever, at most a second apart. Close with `disconnect()`.
 */
export declare function connectForRequests(
  target: RedisTarget,
  options: RequestConnectOptions,
): RedisClient;

/** A connection for BullMQ workers and QueueEvents: commands wait until Redis is back. Close with `disconnect()`. */
export declare function connectForWorkers(
  target: RedisTarget,
  options: ConnectOptions,
): RedisClient;

/** Resolves with true as soon as the client is ready, with false when it is not within `limitMs`. */
export declare function whenReady(client: RedisClient, limitMs: number): Promise<boolean>;
