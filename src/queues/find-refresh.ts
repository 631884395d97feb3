/** The refresh job of a stored response, for people who ask what happens next. */
import { JOBS, type JobPayloads } from "./jobs.ts";
import type { OpenQueues } from "./open.ts";
import { redactText } from "./redact.ts";
import { deduplicationId } from "./refresh.ts";
import { within } from "./within.ts";

export interface RefreshJob {
  readonly id: string;
  /** BullMQ's word: waiting, active, delayed, … */
  readonly state: string;
  /** Runs that have begun. */
  readonly attempts: number;
  readonly mostAttempts: number;
  /** About when a delayed job runs, in milliseconds since the epoch. */
  readonly notBefore?: number;
  /** Why the last run failed. */
  readonly failure?: string;
}

/** Longest that looking takes. */
const LIMIT_MS = 1_000;

/** The job that is queued or running; undefined when there is none. Rejects when the queue's Redis does not answer in time. */
export async function findRefresh(
  { queues }: OpenQueues,
  payload: JobPayloads["refresh"],
): Promise<RefreshJob | undefined> {
  const found = await within(
    LIMIT_MS,
    look(queues, payload).then((job) => ({ job })),
  );
  if (found === undefined) throw new Error("The queue's Redis did not answer in time.");
  return found.job;
}

async function look(
  queues: OpenQueues["queues"],
  payload: JobPayloads["refresh"],
): Promise<RefreshJob | undefined> {
  const queue = queues.find((open) => open.queue.name === "refresh")?.queue;
  const id = await queue?.getDeduplicationJobId(deduplicationId(payload));
  const job = id == null ? undefined : await queue?.getJob(id);
  if (job === undefined) return undefined;
  const state = await job.getState();
  return {
    id: job.id as string,
    state,
    attempts: job.attemptsStarted,
    mostAttempts: job.opts.attempts ?? JOBS.refresh.attempts,
    ...(state === "delayed" && { notBefore: (job.processedOn ?? job.timestamp) + job.delay }),
    ...(job.failedReason && { failure: redactText(job.failedReason) }),
  };
}
