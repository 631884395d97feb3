/** What lanes cost: reports, one at a time for each user, beside plain BullMQ with the same payloads in the same run. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue, Worker } from "bullmq";
import { createLogger } from "../src/logger.ts";
import type { JobPayloads } from "../src/queues/jobs.ts";
import { createReportQueue } from "../src/queues/report.ts";
import { connectForRequests, connectForWorkers, type RedisClient } from "../src/redis/connect.ts";
import { queuePrefix } from "../src/redis/keys.ts";
import { startReportWorker } from "../src/workers/report.ts";
import { startWorker } from "../src/workers/worker.ts";
import { cpuMicros } from "./lib/cpu.ts";
import { startRedis } from "./lib/processes.ts";
import { median, printTable } from "./lib/table.ts";

const USERS = 200;
const EACH = 10;
const JOBS = USERS * EACH;
const ROUNDS = 5;
/** Jobs that do nothing show what each costs; jobs that take as long as a quick request show whether that matters. */
const CASES = [
  { title: "no-op, 50 at a time", workMs: 0, concurrency: 50 },
  { title: "20 ms, 10 at a time", workMs: 20, concurrency: 10 },
] as const;

type Payload = JobPayloads["report"];

interface Parts {
  add(payload: Payload): Promise<unknown>;
  /** Resolves when all jobs have run. */
  process(concurrency: number, work: () => Promise<void>): Promise<void>;
  close(): Promise<unknown>;
}

interface Figures {
  readonly addPerSecond: number;
  readonly addCpu: number;
  readonly processPerSecond: number;
  readonly processCpu: number;
}

export async function benchJobs(): Promise<void> {
  const redis = await startRedis();
  const logger = createLogger({ level: "silent", pretty: false });
  const target = { kind: "url", url: `redis://127.0.0.1:${redis.port}` } as const;
  const requests = connectForRequests(target, { role: "queue", logger, budgetMs: 60_000 });
  const workers = connectForWorkers(target, { role: "queue", logger });
  if (requests.status !== "ready") await once(requests, "ready");
  const rows: string[][] = [];
  try {
    for (const { title, ...how } of CASES) {
      const plain: Figures[] = [];
      const unlaned: Figures[] = [];
      const laned: Figures[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        plain.push(await measure(plainBullMq(requests, workers), how, redis.pid, workers));
        unlaned.push(await measure(noLanes(requests, workers, logger), how, redis.pid, workers));
        laned.push(await measure(lanes(requests, workers, logger), how, redis.pid, workers));
      }
      rows.push(
        row(`plain BullMQ, ${title}`, plain),
        row(`our worker without lanes, ${title}`, unlaned),
        row(`lanes, ${title}`, laned),
      );
    }
    printTable(
      `Jobs: ${USERS} users x ${EACH} in one process, medians of ${ROUNDS}`,
      ["", "add/s", "Redis us/add", "process/s", "Redis us/process", "Redis us/job"],
      rows,
    );
  } finally {
    requests.disconnect();
    workers.disconnect();
    await redis.stop();
  }
}

async function measure(
  parts: Parts,
  { workMs, concurrency }: { readonly workMs: number; readonly concurrency: number },
  redis: number,
  client: RedisClient,
): Promise<Figures> {
  await client.flushall();
  // Users ask by turns, each waits for its answer.
  const added = await timed(redis, async () => {
    for (let n = 0; n < EACH; n++)
      for (let user = 0; user < USERS; user++) await parts.add(payloadOf(user, n));
  });
  const processed = await timed(redis, () =>
    parts.process(concurrency, () => (workMs === 0 ? Promise.resolve() : sleep(workMs))),
  );
  await parts.close();
  return {
    addPerSecond: JOBS / added.seconds,
    addCpu: added.cpu / JOBS,
    processPerSecond: JOBS / processed.seconds,
    processCpu: processed.cpu / JOBS,
  };
}

async function timed(redis: number, work: () => Promise<void>) {
  const cpu = cpuMicros([redis]);
  const startedAt = performance.now();
  await work();
  return {
    seconds: (performance.now() - startedAt) / 1_000,
    cpu: cpuMicros([redis]) - cpu,
  };
}

/** The same job options, no lanes. */
function plainBullMq(requests: RedisClient, workers: RedisClient): Parts {
  const queue = new Queue("plain", { connection: requests, prefix: "{plain}" });
  return {
    add: (payload) => addPlainly(queue, payload),
    async process(concurrency, work) {
      const left = countdown();
      const worker = new Worker(
        "plain",
        async () => {
          await work();
        },
        { connection: workers, prefix: "{plain}", concurrency },
      );
      worker.on("completed", left.one);
      await left.none;
      await worker.close();
    },
    close: () => queue.close(),
  };
}

/** What a worker of ours does for its jobs beside lanes: payloads checked, deadlines, log lines. */
function noLanes(
  requests: RedisClient,
  workers: RedisClient,
  logger: ReturnType<typeof createLogger>,
): Parts {
  const queue = new Queue("report", { connection: requests, prefix: queuePrefix("report") });
  return {
    add: (payload) => addPlainly(queue, payload),
    async process(concurrency, work) {
      const left = countdown();
      const worker = startWorker({
        queue: "report",
        connection: workers,
        concurrency,
        logger,
        async run() {
          await work();
          left.one();
          return { outcome: "complete" };
        },
      });
      await left.none;
      await worker.close();
    },
    close: () => queue.close(),
  };
}

function addPlainly(queue: Queue, payload: Payload): Promise<unknown> {
  return queue.add("report", payload, {
    jobId: randomUUID(),
    deduplication: { id: JSON.stringify(payload) },
    attempts: 3,
    removeOnComplete: { age: 3_600, count: 10_000 },
  });
}

function lanes(
  requests: RedisClient,
  workers: RedisClient,
  logger: ReturnType<typeof createLogger>,
): Parts {
  const limits = { concurrency: 1, waiting: EACH };
  const queue = createReportQueue({ connection: requests, logger, limits, limitMs: 60_000 });
  return {
    add: (payload) => queue.enqueue(payload),
    async process(concurrency, work) {
      const left = countdown();
      const worker = startReportWorker({
        connection: workers,
        concurrency,
        limits,
        timeoutMs: 60_000,
        logger,
        async run() {
          await work();
          left.one();
          return { outcome: "complete" };
        },
      });
      await left.none;
      await worker.close();
    },
    close: () => queue.close(),
  };
}

function payloadOf(user: number, n: number): Payload {
  const day = String(1 + n).padStart(2, "0");
  return {
    login: `user-${user}`,
    since: `2026-01-${day}`,
    until: "2026-01-31",
    starIncrease: false,
  };
}

function countdown() {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  let left = JOBS;
  return {
    one: () => {
      left -= 1;
      if (left === 0) resolve();
    },
    none: promise,
  };
}

function row(name: string, all: readonly Figures[]): string[] {
  const middle = (figure: (one: Figures) => number) => median(all.map(figure)).toFixed(0);
  return [
    name,
    middle((one) => one.addPerSecond),
    middle((one) => one.addCpu),
    middle((one) => one.processPerSecond),
    middle((one) => one.processCpu),
    middle((one) => one.addCpu + one.processCpu),
  ];
}
