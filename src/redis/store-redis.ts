/** The cache Redis as the store and the flights use it: it may be away at any time, and then costs nothing. */
import type { RedisTarget } from "../config/config.ts";
import type { Logger } from "../logger.ts";
import { type AskRedis, createRedisAsk } from "./ask.ts";
import { StoreAwayError } from "./away.ts";
import { type Breaker, logChanges } from "./breaker.ts";
import { connectForRequests, type RedisClient, whenReady } from "./connect.ts";

export interface StoreRedisOptions {
  /** Longest that a command on the request path waits, in milliseconds: `storeBudgetMs`. */
  readonly budgetMs: number;
  /** Longest that a command off the request path waits, in milliseconds; five seconds when absent. */
  readonly workLimitMs?: number;
  readonly logger: Logger;
}

export interface StoreRedis {
  readonly target: RedisTarget;
  readonly breaker: Breaker;
  /** Whether it is connected and its last replies came in time. */
  isUp(): boolean;
  /** For what an answer waits for: rejects after `budgetMs`, at once while the breaker is open. */
  readonly ask: AskRedis;
  /**
   * For what no answer waits for, on a connection of its own: rejects after `workLimitMs`, as soon as the breaker opens, and at once while
   * it is open.
   */
  work<T>(command: (client: RedisClient) => Promise<T>): Promise<T>;
  /** Calls back whenever the connection for `ask` was made anew, perhaps to another server. Returns the way to stop that. */
  onReconnect(listener: () => void): () => void;
  /** Resolves with whether both connections are ready, after `limitMs` at the latest. */
  ready(limitMs: number): Promise<boolean>;
  close(): void;
}

/** Longest that one command off the request path waits. */
const WORK_LIMIT_MS = 5_000;
/** Backstop of the connection for requests: the budget proper is kept by `ask`. */
const ASK_LIMIT_MS = 1_000;

/** Connects to the cache role. Returns at once and never throws: a store that is away is a state, not an error. */
export function connectStore(
  target: RedisTarget,
  { budgetMs, workLimitMs = WORK_LIMIT_MS, logger }: StoreRedisOptions,
): StoreRedis {
  const role = "cache";
  const quick = connectForRequests(target, {
    budgetMs: Math.max(budgetMs, ASK_LIMIT_MS),
    role,
    logger,
  });
  const bulk = connectForRequests(target, { budgetMs: workLimitMs, role, logger });
  const { ask, breaker } = createRedisAsk(quick, budgetMs);
  logChanges(breaker, logger, {
    away: "The cache store does not answer; serving without it.",
    back: "The cache store answers again.",
  });
  let connects = 0;
  quick.on("ready", () => {
    connects += 1;
  });
  return {
    target,
    breaker,
    isUp: () => quick.status === "ready" && breaker.state === "closed",
    ask,
    work: (command) => whileClosed(breaker, () => command(bulk)),
    onReconnect: (listener) => {
      const heard = () => connects > 1 && listener();
      quick.on("ready", heard);
      return () => quick.off("ready", heard);
    },
    ready: async (limitMs) =>
      (await Promise.all([whenReady(quick, limitMs), whenReady(bulk, limitMs)])).every(Boolean),
    close: () => {
      breaker.close();
      quick.disconnect();
      bulk.disconnect();
    },
  };
}

/** The command's reply, unless the breaker opens first. */
function whileClosed<T>(breaker: Breaker, command: () => Promise<T>): Promise<T> {
  const away = () => new StoreAwayError("Redis is away.");
  if (breaker.state !== "closed") return Promise.reject(away());
  return new Promise((resolve, reject) => {
    const stop = breaker.onChange(() => reject(away()));
    command().then(resolve, reject).finally(stop);
  });
}
