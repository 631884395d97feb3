/** Enqueues warm-ups a window at a time and follows them to their ends. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Queue } from "bullmq";
import type { RefreshQueue } from "../../queues/refresh.ts";
import type { Wanted } from "./wanted.ts";

/** How one URL went: the outcome of its job, or what was done instead. */
export interface WarmResult {
  readonly url: string;
  readonly outcome: string;
  readonly detail?: string;
  readonly job?: string;
  /** The source is at fault, or the job was taken away. */
  readonly failed?: true;
}

export interface WarmRun {
  readonly queue: Pick<RefreshQueue, "enqueue">;
  /** The same queue, to look at jobs. */
  readonly jobs: Queue;
  readonly wait: boolean;
  /** Takes jobs of this run back that have not begun. */
  readonly signal: AbortSignal;
  readonly onResult: (result: WarmResult) => void;
}

/** Jobs on the queue at a time: those of clients never wait for them, and an end is never far. */
const WINDOW = 100;
const LOOK_MS = 200;
/** Behind everything that a client's request has asked for. */
const PRIORITY = 100;

interface Pending {
  readonly url: string;
  readonly job: string;
  /** Another one's job, which is not ours to take back. */
  readonly joined: boolean;
}

/** Resolves when every URL has its result. Rejects when the queue takes no jobs. */
export async function runWarm(run: WarmRun, wanted: Iterable<Wanted>): Promise<void> {
  let pending: Pending[] = [];
  const settleTo = async (most: number) => {
    while (pending.length > most && !run.signal.aborted) pending = await settle(run, pending);
  };
  for (const one of wanted) {
    if (run.signal.aborted) break;
    const added = await enqueue(run, one);
    if (added !== undefined) pending.push(added);
    await settleTo(WINDOW - 1);
  }
  await settleTo(0);
  for (const left of pending) await takeBack(run, left);
}

/** The job to follow, if there is one. */
async function enqueue(run: WarmRun, wanted: Wanted): Promise<Pending | undefined> {
  const { url } = wanted;
  if ("skipped" in wanted) {
    run.onResult({ url, outcome: "skipped", detail: wanted.skipped });
    return undefined;
  }
  const { route, target } = wanted;
  const { jobId: job, joined } = await run.queue.enqueue({ route, target }, { priority: PRIORITY });
  if (run.wait) return { url, job, joined };
  run.onResult({ url, outcome: "enqueued", job });
  return undefined;
}

/** Waits a moment, and returns those that have not ended. */
async function settle(run: WarmRun, pending: readonly Pending[]): Promise<Pending[]> {
  await sleep(LOOK_MS, undefined, { signal: run.signal }).catch(() => undefined);
  const looked = await Promise.all(
    pending.map(async (one) => ({ one, result: await resultOf(run.jobs, one) })),
  );
  return looked.flatMap(({ one, result }) => {
    if (result === undefined) return [one];
    run.onResult(result);
    return [];
  });
}

async function resultOf(jobs: Queue, { url, job: id }: Pending): Promise<WarmResult | undefined> {
  const job = await jobs.getJob(id);
  if (job === undefined)
    return { url, job: id, outcome: "failed", detail: "Its job was removed.", failed: true };
  if (job.finishedOn === undefined) return undefined;
  const ended = job.returnvalue as { outcome?: string; detail?: string } | null | undefined;
  // A job that has ended well still holds why its earlier tries failed.
  if (!ended) return { url, job: id, outcome: "failed", detail: job.failedReason, failed: true };
  const { outcome = "done", detail } = ended;
  return { url, job: id, outcome, ...(detail !== undefined && { detail }) };
}

async function takeBack({ jobs, onResult }: WarmRun, { url, job, joined }: Pending): Promise<void> {
  const removed = joined ? 0 : await jobs.remove(job).catch(() => 0);
  onResult({ url, job, outcome: removed === 1 ? "taken-back" : "left-running" });
}
