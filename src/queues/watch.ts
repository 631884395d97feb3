/** Watching jobs: what they are now, and every change of those that somebody waits for. */
import type { Instant } from "../fields.ts";
import type { QueueName } from "./jobs.ts";
import type { JobStatus } from "./status.ts";

/** `status`: the job as it is, first and after every change; `gone`: there is no such job (any more), and nothing follows. */
export type WatchEvent =
  | { readonly type: "status"; readonly status: JobStatus }
  | { readonly type: "gone" };

/** Watches the jobs of one process. A fault of Redis is a `WatchError`. */
export interface JobWatcher {
  /** The job as it is now; undefined when there is none of this id (any more). */
  snapshot(queue: QueueName, id: string): Promise<JobStatus | undefined>;
  /**
   * Calls back with the job as it is, then whenever it has changed, until it has ended (`hasEnded` of `status.ts`), is gone, or the returned function
   * was called. Nothing is called back while Redis is away; what was missed is seen when it is back.
   */
  subscribe(queue: QueueName, id: string, listener: (event: WatchEvent) => void): () => void;
  /** Ends every subscription without a call. Leaves connections that it was given open. */
  close(): Promise<void>;
}

/** The queue's Redis does not answer. */
export class WatchError extends Error {
  override readonly name = "WatchError";
}

/** Seams to what knows more of a queue than BullMQ's record does. */
export interface JobLore {
  /** Jobs of its lane that must end before it may run; undefined for a job without a lane. */
  readonly position?: (queue: QueueName, id: string) => Promise<number | undefined>;
  /** Path of the data plane at which the result of a job with this payload is. */
  readonly resultUrl?: (queue: QueueName, payload: unknown) => string | undefined;
  readonly now?: () => Instant;
}
