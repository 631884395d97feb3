/** What is told of a job: for people who wait for its result. */
import type { Instant } from "../fields.ts";
import type { QueueName } from "./jobs.ts";

/**
 * `queued`: in its lane, behind others; `waiting`: next, as soon as a worker has time; `delayed`: until an instant, for a reason. The last
 * three are ends.
 */
export type JobState =
  | "waiting"
  | "queued"
  | "delayed"
  | "active"
  | "completed"
  | "failed"
  | "cancelled";

/** A job as it is told to whoever waits for it. No payload, no stack, no secret. */
export interface JobStatus {
  readonly id: string;
  readonly queue: QueueName;
  readonly state: JobState;
  /** How many jobs of the same lane must end first; there while it waits in a lane. */
  readonly position?: number;
  /** Why it is delayed, or has failed. */
  readonly reason?: string;
  /** When a delayed job is tried again. */
  readonly nextRunAt?: Instant;
  /** The run that is under way, or was the last: 1 is the first. 0: none has begun. */
  readonly attempt: number;
  readonly mostAttempts: number;
  readonly progress?: JobProgress;
  /** When it is expected to end, going by earlier jobs of its queue; not there when they say nothing. */
  readonly expectedAt?: Instant;
  readonly createdAt: Instant;
  /** Of the last run. */
  readonly startedAt?: Instant;
  readonly finishedAt?: Instant;
  /** How a completed job ended, in a word of its queue, and what is to be said about it. */
  readonly outcome?: string;
  readonly detail?: string;
  /** Where the result of a completed job is. */
  readonly resultUrl?: string;
}

export interface JobProgress {
  /** What is being done. */
  readonly step?: string;
  /** From 0 to 100. */
  readonly percent?: number;
  readonly counts?: Readonly<Record<string, number>>;
}

/** What the record of a job says. `state` is BullMQ's word. */
export interface JobFacts {
  readonly id: string;
  readonly queue: QueueName;
  readonly state: string;
  readonly createdAt: Instant;
  readonly processedAt?: Instant | undefined;
  readonly finishedAt?: Instant | undefined;
  /** Runs that failed, and runs that began; being put back into its lane counts as one that began. */
  readonly attemptsMade: number;
  readonly attemptsStarted: number;
  readonly mostAttempts: number;
  readonly progress: unknown;
  readonly failedReason?: string | undefined;
  /** Name of the error that it failed with. */
  readonly failureName?: string | undefined;
  readonly returnValue?: unknown;
  /** Place in its lane; undefined for jobs without one. */
  readonly position?: number | undefined;
  /** When BullMQ takes a delayed job up again. */
  readonly delayedUntil?: Instant | undefined;
  /** Why it was delayed, when that is no failure. */
  readonly delayReason?: string | undefined;
  readonly resultUrl?: string | undefined;
}

/** Whether a job in this state changes no more. */
export function hasEnded({ state }: Pick<JobStatus, "state">): boolean {
  return state === "completed" || state === "failed" || state === "cancelled";
}
