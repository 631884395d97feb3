import type { EntryReference, RefreshOutcome, WarmTarget } from "../queues/jobs.ts";
import { NeverRetry } from "../queues/retry.ts";
import type { JobContext } from "./context.ts";
import { type StartedWorker, startWorker, type WorkerOptions } from "./worker.ts";

export interface RefreshWorkerOptions extends Omit<WorkerOptions<"refresh">, "queue" | "run"> {
  /** The refresh of a stored response: the same conditional fetch, guards and fenced write as a miss. */
  readonly refresh: (payload: EntryReference, context: JobContext) => Promise<RefreshOutcome>;
  /** Fetches what is not stored, or not fresh; absent where nothing is warmed up. */
  readonly warm?: (payload: WarmTarget, context: JobContext) => Promise<RefreshOutcome>;
  /** The refresh of the item at a path; absent when there are none. */
  readonly refreshItem?: (path: string) => Promise<RefreshOutcome>;
}

export function createRefreshWorker({
  refresh,
  refreshItem,
  warm,
  ...options
}: RefreshWorkerOptions): StartedWorker {
  return startWorker({
    ...options,
    queue: "refresh",
    run: async (payload, context) => {
      if ("key" in payload) return refresh(payload, context);
      if ("target" in payload) {
        if (warm === undefined) throw new NeverRetry("This worker warms nothing up.");
        return warm(payload, context);
      }
      if (refreshItem === undefined) throw new NeverRetry("This worker knows no items.");
      return refreshItem(payload.item);
    },
  });
}
