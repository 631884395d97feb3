import type { JobsOptions } from "bullmq";
import { JOBS, type QueueName } from "./jobs.ts";

/** How jobs of a queue are tried again and how long they are kept. */
export function jobOptions(queue: QueueName) {
  const { attempts, backoffMs, jitter, keepCompleted, keepFailed, logLines } = JOBS[queue];
  return {
    attempts,
    backoff: { type: "exponential", delay: backoffMs, jitter },
    removeOnComplete: retention(keepCompleted),
    removeOnFail: retention(keepFailed),
    keepLogs: logLines,
  } satisfies JobsOptions;
}

function retention({ ageMs, count }: { readonly ageMs: number; readonly count: number }) {
  return { age: ageMs / 1_000, count };
}
