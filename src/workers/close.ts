import { once } from "node:events";
import type { Worker } from "bullmq";
import type { Logger } from "../logger.ts";
import { within } from "../queues/within.ts";

/** Why a run is aborted when its job goes back to the queue. */
export const HAND_OVER = "hand-over";

/** A hand-over in the same turn as the close would give the job back to this very worker. */
const BREATH_MS = 100;
/** Longest that jobs may take to end after they were aborted. */
const HAND_OVER_MS = 3_000;

/** Lets jobs finish for `graceMs` or until `cutOff`, then aborts them until they have ended; resolves in any case. */
export async function closeWorker(
  worker: Worker,
  graceMs: number,
  logger: Logger,
  cutOff: AbortSignal | undefined,
): Promise<void> {
  let closed = false;
  const closing = worker.close().finally(() => {
    closed = true;
  });
  const enough = cutOff === undefined ? [] : [aborted(cutOff)];
  await within(graceMs, Promise.race([closing, ...enough]));
  const until = performance.now() + HAND_OVER_MS;
  await within(BREATH_MS, closing);
  while (!closed && performance.now() < until) {
    worker.cancelAllJobs(HAND_OVER);
    await within(BREATH_MS, closing);
  }
  if (closed) return;
  logger.warn(
    { queue: worker.name },
    "Jobs did not end in time; another worker finds them stalled",
  );
  await worker.getBackend().close(true);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
