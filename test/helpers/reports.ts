/** The report queue and its workers over one Redis, closed in one go. */
import { once } from "node:events";
import { type Job, Queue } from "bullmq";
import type { JobPayloads } from "../../src/queues/jobs.ts";
import {
  createReportQueue,
  type EnqueuedReport,
  type ReportQueueOptions,
} from "../../src/queues/report.ts";
import { jobKeyPrefix, laneKeys, queuePrefix } from "../../src/redis/keys.ts";
import { type ReportWorkerOptions, startReportWorker } from "../../src/workers/report.ts";
import { startJobs } from "./jobs.ts";

export type ReportPayload = JobPayloads["report"];
export type ReportRun = ReportWorkerOptions["run"];

/** One at a time, and room for many. */
export const ONE_AT_A_TIME = { concurrency: 1, waiting: 100 };

export async function startReports({
  url,
  limits = ONE_AT_A_TIME,
}: {
  readonly url?: string;
  readonly limits?: ReportQueueOptions["limits"];
} = {}) {
  const jobs = await startJobs(url === undefined ? {} : { url });
  const closing: (() => unknown)[] = [];
  const client = jobs.patient();
  const inspected = new Queue("report", { connection: client, prefix: queuePrefix("report") });
  inspected.on("error", () => undefined);
  closing.push(() => inspected.close());
  const connection = jobs.impatient();
  if (connection.status !== "ready") await once(connection, "ready");
  const queue = createReportQueue({ connection, logger: jobs.logger, limits, limitMs: 10_000 });
  closing.push(() => queue.close());
  const keys = laneKeys("report");
  return {
    url: jobs.url,
    lines: jobs.lines,
    logger: jobs.logger,
    impatient: jobs.impatient,
    patient: jobs.patient,
    client,
    queue,
    /** The queue as BullMQ shows it. */
    inspected,
    keys,
    worker(run: ReportRun, options: Partial<ReportWorkerOptions> = {}) {
      const worker = startReportWorker({
        connection: jobs.patient(),
        concurrency: 4,
        graceMs: 0,
        logger: jobs.logger,
        limits,
        timeoutMs: 60_000,
        ...options,
        run,
      });
      closing.push(() => worker.close());
      return worker;
    },
    /** Enqueues, and fails when it is refused. */
    async enqueue(payload: ReportPayload): Promise<EnqueuedReport> {
      const enqueued = await queue.enqueue(payload);
      if ("refused" in enqueued) throw new Error("The lane is full.");
      return enqueued;
    },
    state: (id: string) => inspected.getJobState(id),
    job: (id: string): Promise<Job | undefined> => inspected.getJob(id),
    lockKey: (id: string) => `${jobKeyPrefix("report")}${id}:lock`,
    /** Ids in a lane, in order. */
    tickets: (login: string) => client.zrange(keys.lane(login), "0", "-1"),
    /** What is left of all lanes, but the counter and what expires soon. */
    async leftovers() {
      const all = await client.keys(`${keys.prefix}*`);
      return all.filter((key) => key !== keys.numbers && key !== keys.swept);
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing.reverse()) await close();
      await jobs[Symbol.asyncDispose]();
    },
  };
}

/** Reports about one user, each over a period of its own. */
export function reportsAbout(login: string, count = 1): ReportPayload[] {
  return Array.from({ length: count }, (_, n) => ({
    login,
    since: new Date(Date.UTC(2020, 0, 1 + n)).toISOString().slice(0, 10),
    until: "2026-01-31",
    starIncrease: false,
  }));
}
