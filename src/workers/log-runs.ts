import type { Job, Worker } from "bullmq";
import type { Logger } from "../logger.ts";
import { CANCELLED } from "../queues/retry.ts";

/** One line for every run that BullMQ has recorded: outcome, attempts used, time taken. */
export function logRuns(worker: Worker, logger: Logger): void {
  worker.on("completed", (job, result) => logger.info({ ...run(job), ...result }, "Job completed"));
  worker.on("failed", (job, err) => {
    if (job === undefined) return logger.error({ err, queue: worker.name }, "A job failed");
    const facts = { ...run(job), err: { type: err.name, message: err.message } };
    if (err.message === CANCELLED)
      return logger.info({ ...run(job), outcome: "cancelled" }, "Job cancelled");
    return job.finishedOn === undefined
      ? logger.warn({ ...facts, outcome: "retry", delayMs: job.delay }, "Job will be tried again")
      : logger.error({ ...facts, outcome: "failed" }, "Job failed");
  });
  worker.on("stalled", (id) => {
    logger.warn({ job: worker.name, id, outcome: "stalled" }, "Job was lost by its worker");
  });
}

function run(job: Job) {
  const { name, id, attemptsMade, processedOn, finishedOn = Date.now() } = job;
  const durationMs = finishedOn - (processedOn ?? finishedOn);
  return { job: name, id, attempts: attemptsMade, durationMs };
}
