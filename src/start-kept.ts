/** Workers that are watched over, and what the process tells of them. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { RedisTarget } from "./config/config.ts";
import type { Start } from "./process.ts";
import { BEAT_MS, removeBeat, writeBeat } from "./queues/beats.ts";
import { connectForRequests, connectForWorkers, type RedisClient } from "./redis/connect.ts";
import { listenForHealth } from "./workers/health.ts";
import { type KeptWorker, keepWorker } from "./workers/kept.ts";
import type { StartedWorker } from "./workers/worker.ts";

/** Starts a worker of a queue on connections of its own, and closes it with the process. */
export type KeepWorker = (
  queue: string,
  start: (connection: RedisClient) => StartedWorker,
) => KeptWorker;

/** Longest that one heartbeat takes. */
const BEAT_BUDGET_MS = 2_000;

/** `keep` starts a worker; `tell` begins to say how all of them are: in the queue role, and on a port when one is configured. */
export function startKeeping({ config, scope, logger }: Start, target: RedisTarget) {
  const kept: KeptWorker[] = [];
  const keep: KeepWorker = (queue, start) => {
    const connect = () => connectForWorkers(target, { role: "queue", logger });
    const worker = keepWorker({ queue, connect, start, logger });
    scope.onClose(`${queue} worker`, (signal) => worker.close(signal));
    kept.push(worker);
    return worker;
  };
  const healths = () => kept.map((worker) => worker.health());
  const tell = async () => {
    const budget = { role: "queue", budgetMs: BEAT_BUDGET_MS, logger } as const;
    const connection = connectForRequests(target, budget);
    const process = describeProcess();
    const beat = () =>
      writeBeat(connection, {
        ...process,
        workers: healths().map(({ lastRunAt: _, ...health }) => health),
      }).catch((err: unknown) => logger.debug({ err }, "A heartbeat was not written"));
    connection.once("ready", beat);
    const timer = setInterval(beat, BEAT_MS);
    scope.onClose("heartbeat", async () => {
      clearInterval(timer);
      await removeBeat(connection, process.id).catch(() => undefined);
      connection.disconnect();
    });
    const { health } = config.worker;
    if (health === undefined) return;
    const listener = await listenForHealth({ ...health, workers: healths });
    scope.onClose("health listener", () => listener.close());
    logger.info(`Worker health: ${listener.url}`);
  };
  return { keep, tell };
}

function describeProcess() {
  const { pid } = process;
  return { id: randomUUID(), host: hostname(), pid, startedAt: Date.now() };
}
