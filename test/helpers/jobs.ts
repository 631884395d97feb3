import { once } from "node:events";
import { type Job, Queue } from "bullmq";
import { createLogger } from "../../src/logger.ts";
import { JOBS } from "../../src/queues/jobs.ts";
import { createRefreshQueue, type RefreshQueueOptions } from "../../src/queues/refresh.ts";
import {
  connectForRequests,
  connectForWorkers,
  type RedisClient,
} from "../../src/redis/connect.ts";
import { jobKeyPrefix, queuePrefix } from "../../src/redis/keys.ts";
import { createRefreshWorker, type RefreshWorkerOptions } from "../../src/workers/refresh.ts";
import { sharedRedis } from "./redis.ts";

/** Queues and workers over one Redis, closed in one go. `url`: a private Redis; absent: a database of the shared one. */
export async function startJobs({ url }: { readonly url?: string } = {}) {
  const where = url ?? (await sharedRedis()).url;
  const lines: LogLine[] = [];
  const logger = createLogger({
    level: "debug",
    pretty: false,
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
  });
  const closing: (() => unknown)[] = [];
  const kept = (client: RedisClient) => {
    closing.push(() => client.disconnect());
    return client;
  };
  const target = { kind: "url", url: where } as const;
  const impatient = () =>
    kept(connectForRequests(target, { role: "queue", logger, budgetMs: 10_000 }));
  const patient = () => kept(connectForWorkers(target, { role: "queue", logger }));
  const inspected = new Queue("refresh", {
    connection: patient(),
    prefix: queuePrefix("refresh"),
  });
  inspected.on("error", () => undefined);
  closing.push(() => inspected.close());
  return {
    url: where,
    logger,
    /** What was logged, line by line. */
    lines,
    impatient,
    patient,
    /** The queue as BullMQ shows it, for looking and for adding what we would not add. */
    inspected,
    /** A refresh queue on a ready connection. Unless told otherwise it remembers nothing and has the patience of a busy machine. */
    async queue(options: Partial<RefreshQueueOptions> = {}) {
      const connection = options.connection ?? impatient();
      if (connection.status !== "ready") await once(connection, "ready");
      const queue = createRefreshQueue({
        logger,
        rememberMs: 0,
        limitMs: 10_000,
        ...options,
        connection,
      });
      closing.push(() => queue.close());
      return queue;
    },
    worker(refresh: RefreshWorkerOptions["refresh"], options: Partial<RefreshWorkerOptions> = {}) {
      const worker = createRefreshWorker({
        connection: patient(),
        concurrency: 4,
        graceMs: 0,
        logger,
        ...options,
        refresh,
      });
      closing.push(() => worker.close());
      return worker;
    },
    job: (id: string): Promise<Job | undefined> => inspected.getJob(id),
    state: (id: string) => inspected.getJobState(id),
    /** The key of a job's lock. */
    lockKey: (id: string) => `${jobKeyPrefix("refresh")}${id}:lock`,
    async [Symbol.asyncDispose]() {
      for (const close of closing.reverse()) await close();
    },
  };
}

interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A payload of its own for each call. */
export function payload(): { route: string; key: string } {
  made += 1;
  return { route: "/api/*", key: `key-${made}` };
}

let made = 0;

/** A promise and how to settle it: for work that ends when the test says so. */
export function gate<T = void>() {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** Rejects when the signal aborts, as well-behaved work does. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => reject(new Error("The work was aborted."));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** Longest that recovery from a lost worker takes: what is left of its lock and two looks for lost jobs. */
export const RECOVERY_MS = JOBS.refresh.lockDurationMs + 2 * JOBS.refresh.stalledIntervalMs;
