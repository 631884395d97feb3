/** Runs the jobs of one queue: payloads checked, failures sorted into the ways to go on, one log line a run, orderly end. */
import {
  DelayedError,
  isNotConnectionError,
  type Job,
  UnrecoverableError,
  WaitingError,
  type Worker,
} from "bullmq";
import type { Logger } from "../logger.ts";
import {
  JOBS,
  type JobOutcomes,
  type JobPayloads,
  type JobSpec,
  PayloadError,
  type QueueName,
  readPayload,
} from "../queues/jobs.ts";
import { redactDeep, redactError, redactText } from "../queues/redact.ts";
import { CANCELLED, NeverRetry, RetryAt, waitUntil } from "../queues/retry.ts";
import type { RedisClient } from "../redis/connect.ts";
import { queuePrefix } from "../redis/keys.ts";
import { closeWorker, HAND_OVER } from "./close.ts";
import { createJobContext, type JobContext } from "./context.ts";
import { type Fetching, FetchingWorker } from "./fetching.ts";
import { logRuns } from "./log-runs.ts";
import { recordRuns } from "./record-runs.ts";

export interface WorkerOptions<N extends QueueName> {
  readonly queue: N;
  /** A patient connection: commands wait until Redis is back. Stays open when the worker closes. */
  readonly connection: RedisClient;
  /** Jobs that run at a time in this process. */
  readonly concurrency: number;
  /**
   * The work. May throw `RetryAt` and `NeverRetry`; anything else is tried again with backoff while attempts are left. Must end soon
   * after its signal aborts: the job then belongs to another worker.
   */
  readonly run: (payload: JobPayloads[N], context: JobContext) => Promise<JobOutcomes[N]>;
  readonly logger: Logger;
  /** How long a closing worker lets its jobs finish before it hands them over. */
  readonly graceMs?: number;
  /** Decides whether a job that was picked up may run now. */
  readonly gate?: (worker: Worker) => Gate;
  /** In place of the queue's own times. */
  readonly timing?: Partial<Timing>;
}

/** As in the table of queues. */
export type Timing = Pick<JobSpec, "lockDurationMs" | "stalledIntervalMs" | "maxStalledCount">;

export interface Gate {
  /** Returns when the job may run; else throws what BullMQ is to hear. */
  enter(job: Job, token: string): Promise<void>;
  /** The run is over, however it ended. */
  leave(id: string, token: string): void;
}

export interface RunningWorker {
  /**
   * Takes no more jobs, lets those that run finish for a moment (`cutOff` ends it), then aborts them and hands them back to the queue, where
   * another worker takes them at once; no attempt is used. Resolves in any case.
   */
  close(cutOff?: AbortSignal): Promise<void>;
}

export interface StartedWorker extends RunningWorker {
  /** Whether it still asks for jobs. */
  fetching(): Fetching;
}

const LOCK_LOST = "lock-lost";

export function startWorker<N extends QueueName>(options: WorkerOptions<N>): StartedWorker {
  const { queue, connection, concurrency, logger, graceMs = 2_000 } = options;
  const spec = { ...JOBS[queue], ...options.timing };
  const processor = createProcessor(options, () => gate);
  // BullMQ gives the signal only to functions that declare three parameters.
  const counted = (job: Job, token?: string, signal?: AbortSignal): Promise<unknown> =>
    worker.counted(() => processor(job, token, signal));
  const worker: FetchingWorker = new FetchingWorker(queue, counted, {
    connection,
    prefix: queuePrefix(queue),
    concurrency,
    lockDuration: spec.lockDurationMs,
    stalledInterval: spec.stalledIntervalMs,
    maxStalledCount: spec.maxStalledCount,
    // Redis's policy and version are judged elsewhere; this check writes to standard error.
    skipVersionCheck: true,
    // How long it rests after an error before it asks for jobs again.
    runRetryDelay: 1_000,
  });
  worker.on("error", (err) => {
    // The connection logs its own losses.
    if (isNotConnectionError(err)) logger.warn({ err, queue }, "The worker has a fault");
    else logger.debug({ err, queue }, "The worker lost its Redis");
  });
  worker.on("lockRenewalFailed", (ids: string[]) => {
    for (const id of ids) worker.cancelJob(id, LOCK_LOST);
  });
  logRuns(worker, logger);
  recordRuns(worker, connection, logger);
  const gate = options.gate?.(worker);
  let closing: Promise<void> | undefined;
  return {
    fetching: () => worker.fetching(),
    close(cutOff) {
      closing ??= closeWorker(worker, graceMs, logger, cutOff);
      return closing;
    },
  };
}

function createProcessor<N extends QueueName>(
  { queue, run, logger }: WorkerOptions<N>,
  gate: () => Gate | undefined,
) {
  return async (job: Job, token: string | undefined, signal: AbortSignal | undefined) => {
    const entered = gate();
    await entered?.enter(job, token as string);
    const context = createJobContext(job, token as string, signal as AbortSignal);
    try {
      return redactDeep(await run(payloadOf(queue, job), context));
    } catch (thrown) {
      if (context.signal.reason === HAND_OVER) return handOver(job, token, logger);
      if (context.signal.reason === CANCELLED) throw cancelled();
      if (thrown instanceof RetryAt) return delay(job, token, thrown, logger);
      throw asFailure(thrown);
    } finally {
      entered?.leave(job.id as string, token as string);
    }
  };
}

function payloadOf<N extends QueueName>(queue: N, { name, data }: Job): JobPayloads[N] {
  if (name !== queue) throw new NeverRetry(`The queue ${queue} does no ${name}.`);
  return readPayload(queue, data);
}

/** Without a stack: nothing went wrong. */
export function cancelled(): Error {
  const end = new UnrecoverableError(CANCELLED);
  end.stack = CANCELLED;
  return end;
}

/** What BullMQ is to hear: whether it tries again is in the kind of error. */
function asFailure(thrown: unknown): Error {
  const failure = redactError(thrown);
  if (!(thrown instanceof NeverRetry || thrown instanceof PayloadError)) return failure;
  // Under the stack of what was thrown, whose name says whom the message is for.
  const final = new UnrecoverableError(failure.message);
  if (failure.stack !== undefined) final.stack = failure.stack;
  return final;
}

async function handOver(job: Job, token: string | undefined, logger: Logger): Promise<never> {
  await job.moveToWait(token);
  logger.info(
    { job: job.name, id: job.id, outcome: "handed-over", attempts: job.attemptsMade },
    "Job handed over",
  );
  throw new WaitingError();
}

async function delay(
  job: Job,
  token: string | undefined,
  retry: RetryAt,
  logger: Logger,
): Promise<never> {
  const now = Date.now();
  const delayMs = waitUntil(retry.at, now, Math.random());
  const detail = redactText(retry.message);
  await job.log(`${detail} Next run at ${new Date(now + delayMs).toISOString()}.`);
  await job.moveToDelayed(now + delayMs, token);
  logger.info(
    { job: job.name, id: job.id, outcome: "delayed", attempts: job.attemptsMade, delayMs, detail },
    "Job delayed",
  );
  throw new DelayedError();
}
