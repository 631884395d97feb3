/**
 * A worker process for faults. Takes one argument: `WorkerPlan` as JSON. Prints `ready` when it works, and ends in order at SIGTERM.
 * Tells the history of each run before it begins and when it is over, and commits a line with the fence of its job.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { RedisTarget } from "../../../src/config/config.ts";
import { createLogger } from "../../../src/logger.ts";
import { connectForWorkers } from "../../../src/redis/connect.ts";
import { createFencedScript } from "../../../src/redis/fence.ts";
import { queuePrefix } from "../../../src/redis/keys.ts";
import { type ReportWorkerOptions, startReportWorker } from "../../../src/workers/report.ts";
import type { HistoryEvent } from "./history.ts";

export interface WorkerPlan {
  readonly name: string;
  readonly target: RedisTarget;
  readonly historyUrl: string;
  readonly concurrency: number;
  /** How long a run takes, at random from the first to the second. */
  readonly workMs: readonly [number, number];
  readonly limits: ReportWorkerOptions["limits"];
  readonly timing: NonNullable<ReportWorkerOptions["timing"]>;
}

/** The list of commits, in the queue's own Redis. */
export const COMMITS = `${queuePrefix("report")}:test:commits`;
/** The list of events, in a Redis that has no faults. */
export const EVENTS = "events";
/** A report about this user kills its worker. */
export const POISON = "poison";

if (process.argv[2] !== undefined) work(JSON.parse(process.argv[2]) as WorkerPlan);

function work(plan: WorkerPlan): void {
  const logger = createLogger({ level: "silent", pretty: false });
  const connection = connectForWorkers(plan.target, { role: "queue", logger });
  const history = new Redis(plan.historyUrl);
  const commit = createFencedScript<number>("return redis.call('RPUSH', KEYS[1], ARGV[1])");
  const tell = (event: HistoryEvent) => history.rpush(EVENTS, JSON.stringify(event));
  const [least, most] = plan.workMs;
  const worker = startReportWorker({
    connection,
    concurrency: plan.concurrency,
    logger,
    limits: plan.limits,
    timing: plan.timing,
    timeoutMs: 120_000,
    graceMs: 0,
    async run({ login: lane, since }, { signal, fence }) {
      const facts = { worker: plan.name, job: `${lane}/${since}`, lane };
      await tell({ kind: "start", ...facts });
      try {
        if (lane === POISON) process.kill(process.pid, "SIGKILL");
        await sleep(least + (most - least) * Math.random(), undefined, { signal });
        const line = JSON.stringify({ job: facts.job, lane, id: fence.lockKey });
        const { outcome } = await commit(connection, fence, [COMMITS], [line]);
        if (outcome === "lost") await tell({ kind: "refused", ...facts });
        return { outcome: "complete" };
      } finally {
        await tell({ kind: "stop", ...facts });
      }
    },
  });
  process.once("SIGTERM", () => worker.close().then(() => process.exit(0)));
  const say = () => process.stdout.write("ready\n");
  if (connection.status === "ready") say();
  else connection.once("ready", say);
}
