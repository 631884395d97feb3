/** Keeps a worker fetching: one that has stopped asking for jobs is replaced, connection and all. */
import type { Logger } from "../logger.ts";
import type { RedisClient } from "../redis/connect.ts";
import { type Fetching, isStuck } from "./fetching.ts";
import type { StartedWorker } from "./worker.ts";

export interface KeptWorkerOptions {
  readonly queue: string;
  /** Opens a patient connection of the worker's own. */
  readonly connect: () => RedisClient;
  readonly start: (connection: RedisClient) => StartedWorker;
  readonly logger: Logger;
  /** How long a worker with a free place and a connection may be silent. An idle one asks every ten seconds at least. */
  readonly limitMs?: number;
}

/** How a worker is, for whoever watches over the process. */
export interface WorkerHealth extends Fetching {
  readonly queue: string;
  /** `stuck`: it has not asked for jobs in time; `away`: its Redis is. */
  readonly state: "fetching" | "stuck" | "away";
  /** How often it was replaced. */
  readonly replaced: number;
}

export interface KeptWorker extends StartedWorker {
  health(): WorkerHealth;
}

const LIMIT_MS = 45_000;

export function keepWorker(options: KeptWorkerOptions): KeptWorker {
  const { queue, logger, limitMs = LIMIT_MS } = options;
  let current = build(options);
  let replaced = 0;
  const leaving = new Set<Promise<void>>();
  const everyMs = limitMs / 5;
  let lookedAt = Date.now();
  let awakeAt = lookedAt;
  const health = (): WorkerHealth => {
    const now = Date.now();
    // Frozen, or with another clock: in that time it cannot have asked.
    if (Math.abs(now - lookedAt) > 2 * everyMs) awakeAt = now;
    const fetching = current.worker.fetching();
    const isAway = current.connection.status !== "ready";
    const stuck = isStuck(fetching, Math.max(current.readyAt(), awakeAt), now, limitMs);
    return { queue, ...fetching, replaced, state: isAway ? "away" : stuck ? "stuck" : "fetching" };
  };
  const leave = (old: Built) => {
    // Its jobs go back to the queue, or are found to be lost when its Redis cannot be told.
    const left = old.worker.close(AbortSignal.abort()).finally(() => {
      old.connection.disconnect();
      leaving.delete(left);
    });
    leaving.add(left);
  };
  const timer = setInterval(() => {
    const { state, lastFetchAt } = health();
    lookedAt = Date.now();
    if (state !== "stuck") return;
    logger.warn(
      { queue, lastFetch: new Date(lastFetchAt).toISOString() },
      "A worker stopped asking for jobs and is replaced",
    );
    const old = current;
    current = build(options);
    replaced += 1;
    leave(old);
  }, everyMs);
  return {
    health,
    fetching: () => current.worker.fetching(),
    async close(cutOff) {
      clearInterval(timer);
      await Promise.all([current.worker.close(cutOff), ...leaving]);
      current.connection.disconnect();
    },
  };
}

type Built = ReturnType<typeof build>;

function build({ connect, start }: KeptWorkerOptions) {
  const connection = connect();
  let readyAt = Date.now();
  connection.on("ready", () => {
    readyAt = Date.now();
  });
  return { connection, worker: start(connection), readyAt: () => readyAt };
}
