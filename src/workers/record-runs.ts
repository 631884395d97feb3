import type { Job, Worker } from "bullmq";
import type { Logger } from "../logger.ts";
import { redactText } from "../queues/redact.ts";
import { schedulerOf, writeRun } from "../queues/schedule-runs.ts";
import type { RedisClient } from "../redis/connect.ts";

const LONGEST_FAILURE = 500;

/** Writes down how each run of a schedule ended. */
export function recordRuns(worker: Worker, connection: RedisClient, logger: Logger): void {
  const record = (job: Job, failure?: string) => {
    const scheduler = schedulerOf(job);
    if (scheduler === undefined || job.finishedOn === undefined) return;
    const { finishedOn: endedAt, processedOn: startedAt = endedAt } = job;
    const run = {
      job: job.id as string,
      ...(failure === undefined
        ? { outcome: "completed" as const }
        : {
            outcome: "failed" as const,
            failure: redactText(failure).slice(0, LONGEST_FAILURE),
          }),
      startedAt,
      endedAt,
    };
    writeRun(connection, worker.name, scheduler, run).catch((err: unknown) => {
      logger.debug({ err, queue: worker.name }, "The end of a scheduled run was not written down");
    });
  };
  worker.on("completed", (job) => record(job));
  worker.on("failed", (job, error) => job && record(job, error.message));
}
