/** What operators see of jobs and do to them, one by one. Everything shown is free of secrets. */
import type { Job, JobType, Queue } from "bullmq";
import type { Instant } from "../fields.ts";
import type { OpenQueues } from "./open.ts";
import { redactDeep, redactText } from "./redact.ts";

type Queues = Pick<OpenQueues, "queues">;

/** In the order in which they matter to whoever looks. */
export const JOB_STATES = [
  "active",
  "failed",
  "waiting",
  "prioritized",
  "delayed",
  "completed",
] as const;
export type ListedState = (typeof JOB_STATES)[number];

export interface ListedJob {
  readonly queue: string;
  readonly id: string;
  readonly state: string;
  /** Runs that have failed, or the one that ended well. */
  readonly attempts: number;
  readonly mostAttempts: number;
  readonly createdAt: Instant;
  readonly finishedAt?: Instant;
  /** Why the last run failed. */
  readonly failure?: string;
  readonly payload: unknown;
}

export interface ShownJob extends ListedJob {
  readonly progress: unknown;
  readonly startedAt?: Instant;
  readonly result?: unknown;
  readonly log: readonly string[];
  readonly stack: readonly string[];
}

export interface JobFilter {
  /** Absent: all queues. */
  readonly queue?: string | undefined;
  readonly states: readonly ListedState[];
  /** Most jobs of each state and queue. */
  readonly limit: number;
}

/** The newest first within each state. */
export async function listJobs({ queues }: Queues, filter: JobFilter): Promise<ListedJob[]> {
  const looks = queues
    .filter(({ queue }) => filter.queue === undefined || queue.name === filter.queue)
    .flatMap(({ queue }) => filter.states.map((state) => listState(queue, state, filter.limit)));
  return (await Promise.all(looks)).flat();
}

async function listState(queue: Queue, state: JobType, limit: number): Promise<ListedJob[]> {
  const jobs: (Job | undefined)[] = await queue.getJobs([state], 0, limit - 1);
  return jobs.flatMap((job) => (job === undefined ? [] : [listed(queue, job, state)]));
}

function listed(queue: Queue, job: Job, state: string): ListedJob {
  return {
    queue: queue.name,
    id: job.id as string,
    state,
    attempts: job.attemptsMade,
    mostAttempts: job.opts.attempts ?? 1,
    createdAt: job.timestamp,
    ...(job.finishedOn !== undefined && { finishedAt: job.finishedOn }),
    // One that has ended well still holds why an earlier try failed.
    ...(state !== "completed" && job.failedReason && { failure: redactText(job.failedReason) }),
    payload: redactDeep(job.data),
  };
}

interface Found {
  readonly queue: Queue;
  readonly job: Job;
}

async function find({ queues }: Queues, id: string): Promise<Found | undefined> {
  for (const { queue } of queues) {
    const job: Job | undefined = await queue.getJob(id);
    if (job !== undefined) return { queue, job };
  }
  return undefined;
}

/** Undefined when no queue has this job. */
export async function showJob(queues: Queues, id: string): Promise<ShownJob | undefined> {
  const found = await find(queues, id);
  if (found === undefined) return undefined;
  const { queue, job } = found;
  const [state, { logs }] = await Promise.all([queue.getJobState(id), queue.getJobLogs(id)]);
  return {
    ...listed(queue, job, state),
    progress: redactDeep(job.progress),
    ...(job.processedOn !== undefined && { startedAt: job.processedOn }),
    ...(job.returnvalue != null && { result: redactDeep(job.returnvalue) }),
    log: logs.map(redactText),
    stack: (job.stacktrace ?? []).map(redactText),
  };
}

/** What came of an act. `refused` says why, as a sentence. */
export type Acted =
  | { readonly done: string; readonly queue: string }
  | { readonly refused: string; readonly queue: string }
  | undefined;

/** Runs a job that has failed once more, with all its attempts. */
export async function retryJob(queues: Queues, id: string): Promise<Acted> {
  const found = await find(queues, id);
  if (found === undefined) return undefined;
  const { job, queue } = found;
  const state = await job.getState();
  if (state !== "failed")
    return { queue: queue.name, refused: `It is ${state}; only failed jobs are tried again.` };
  await job.retry("failed", { resetAttemptsMade: true, resetAttemptsStarted: true });
  return { queue: queue.name, done: "It is tried again." };
}

/** Removes a job with its log, unless it runs. */
export async function removeJob(queues: Queues, id: string): Promise<Acted> {
  const found = await find(queues, id);
  if (found === undefined) return undefined;
  const { job, queue } = found;
  if ((await job.getState()) === "active")
    return { queue: queue.name, refused: "It runs; it can be removed when it has ended." };
  if (job.repeatJobKey !== undefined && job.finishedOn === undefined)
    return {
      queue: queue.name,
      refused: "It is the next run of a schedule, which stays as long as the schedule does.",
    };
  await job.remove();
  return { queue: queue.name, done: "It is removed." };
}

/** Ends a job before its time: in a lane also one that runs. `inLane` ends a job of a queue with lanes, and says whether there is one. */
export async function cancelJob(
  queues: Queues,
  id: string,
  inLane: (queue: string, id: string) => Promise<boolean>,
): Promise<Acted> {
  const found = await find(queues, id);
  if (found === undefined) return undefined;
  const { job, queue } = found;
  if (job.finishedOn !== undefined)
    return { queue: queue.name, refused: "It has ended; rm removes it." };
  if (await inLane(queue.name, id)) return { queue: queue.name, done: "It fails as cancelled." };
  const acted = await removeJob(queues, id);
  return acted !== undefined && "refused" in acted && (await job.getState()) === "active"
    ? { queue: queue.name, refused: "It runs, and jobs of this queue end by themselves." }
    : acted;
}
