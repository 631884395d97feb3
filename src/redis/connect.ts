/** Connections to Redis: impatient ones for requests, patient ones for workers. */
import { Cluster, Redis } from "ioredis";
import type { RedisTarget } from "../config/config.ts";
import type { Logger } from "../logger.ts";
import { logLosses } from "./log-losses.ts";

/** An ioredis client; BullMQ's `connection` takes it as it is. */
export type RedisClient = Redis | Cluster;

/** `pages` is the Redis of a pages server: its own data, nothing of ours. */
export type RedisRole = "queue" | "cache" | "pages";

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
 * there is no reply; nothing is queued or sent again. It reconnects for ever, at most a second apart. Close with `disconnect()`.
 */
export function connectForRequests(
  target: RedisTarget,
  { budgetMs, role, logger }: RequestConnectOptions,
): RedisClient {
  return logLosses(open(target, impatient(budgetMs)), role, logger);
}

/** A connection for BullMQ's workers and QueueEvents: commands wait until Redis is back. Close with `disconnect()`. */
export function connectForWorkers(
  target: RedisTarget,
  { role, logger }: ConnectOptions,
): RedisClient {
  return logLosses(open(target, PATIENT), role, logger);
}

/** A connection for `CLIENT TRACKING`: RESP2, in which announcements come as messages of a channel. */
export function connectForTracking(
  target: Exclude<RedisTarget, { kind: "cluster" }>,
  logger: Logger,
): Redis {
  const manner = { ...impatient(TRACKING_LIMIT_MS), protocol: 2, autoResubscribe: false } as const;
  return logLosses(openSingle(target, manner), "cache", logger);
}

/** Resolves with true as soon as the client is ready, with false when it is not within `limitMs`. */
export function whenReady(client: RedisClient, limitMs: number): Promise<boolean> {
  if (client.status === "ready") return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (ready: boolean) => {
      clearTimeout(timer);
      client.off("ready", onReady);
      resolve(ready);
    };
    const onReady = () => settle(true);
    const timer = setTimeout(() => settle(false), limitMs);
    client.on("ready", onReady);
  });
}

/** Longest silence on a connection with commands under way before it is given up as half-open, unless the commands may take longer. */
const SILENCE_MS = 2_000;
const TRACKING_LIMIT_MS = 1_000;
const RECONNECT_AT_MOST_MS = 1_000;

/** From 50 ms to a second, a little random so that processes do not come back in step. */
function reconnectDelay(attempt: number): number {
  const delay = Math.min(RECONNECT_AT_MOST_MS, 25 * 2 ** Math.min(attempt, 10));
  return delay * (0.8 + Math.random() * 0.2);
}

/** A replica that once was the master refuses writes: the name must be resolved again. */
function isDemoted(failure: Error): boolean {
  return failure.message.startsWith("READONLY");
}

const COMMON = {
  retryStrategy: reconnectDelay,
  reconnectOnError: isDemoted,
  connectTimeout: 2_000,
  disconnectTimeout: 200,
  sentinelCommandTimeout: 1_000,
};

/** The same for workers, whose commands wait for jobs for ten seconds at most. */
const WORKER_SILENCE_MS = 20_000;

/** How often a worker's command is tried in a Cluster, a tenth of a second apart: a replica takes its time to take over. */
const PATIENT_TRIES = 10_000;

const PATIENT = {
  ...COMMON,
  socketTimeout: WORKER_SILENCE_MS,
  maxRetriesPerRequest: null,
  enableOfflineQueue: true,
};

function impatient(budgetMs: number) {
  return {
    ...COMMON,
    commandTimeout: budgetMs,
    socketTimeout: Math.max(SILENCE_MS, budgetMs),
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
  };
}

type Manner = typeof PATIENT | (ReturnType<typeof impatient> & { readonly protocol?: 2 });
type ClusterTarget = Extract<RedisTarget, { kind: "cluster" }>;
type SingleTarget = Exclude<RedisTarget, { kind: "cluster" }>;

function open(target: RedisTarget, manner: Manner): RedisClient {
  return target.kind === "cluster" ? openCluster(target, manner) : openSingle(target, manner);
}

function openSingle(target: SingleTarget, manner: Manner): Redis {
  if (target.kind === "url") return new Redis(target.url, manner);
  if (target.kind === "socket") return new Redis({ ...manner, path: target.path });
  const { sentinels, name, db, username, password, sentinelPassword, tls } = target;
  return new Redis({
    ...manner,
    sentinels: [...sentinels],
    name,
    db,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
  });
}

function openCluster(target: ClusterTarget, manner: Manner): Cluster {
  const { nodes, username, password, tls } = target;
  const { retryStrategy, enableOfflineQueue, ...node } = manner;
  return new Cluster([...nodes], {
    enableOfflineQueue,
    clusterRetryStrategy: retryStrategy,
    // A patient command must not wait for one node to come back: another one may hold its keys by then.
    ...(enableOfflineQueue
      ? { maxRedirections: PATIENT_TRIES }
      : { clusterNodeRetryStrategy: retryStrategy }),
    slotsRefreshTimeout: 1_000,
    slotsRefreshInterval: 2_000,
    redisOptions: {
      ...node,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(tls && { tls: {} }),
    },
  });
}
