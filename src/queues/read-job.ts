/** Reads of BullMQ what is to be told of a job. */
import { type Job, Queue } from "bullmq";
import type { Instant } from "../fields.ts";
import type { Logger } from "../logger.ts";
import type { RedisClient } from "../redis/connect.ts";
import { jobKeyPrefix, queuePrefix } from "../redis/keys.ts";
import { JOBS, type QueueName } from "./jobs.ts";
import type { JobFacts, JobStatus } from "./status.ts";
import { type Experience, experienceOf } from "./status-expected.ts";
import { statusOf } from "./status-of.ts";
import { within } from "./within.ts";

/** The queue's Redis does not answer. */
export class WatchError extends Error {
  override readonly name = "WatchError";
}

/** What knows more of a queue than BullMQ's record does. */
export interface JobLore {
  /** Jobs of its lane that must end before it may run; undefined for a job without a lane. */
  readonly position?: (queue: QueueName, id: string) => Promise<number | undefined>;
  /** Path of the data plane at which the result of a job with this payload is. */
  readonly resultUrl?: (queue: QueueName, payload: unknown) => string | undefined;
}

export interface JobReaderOptions {
  /** An impatient connection. */
  readonly connection: RedisClient;
  readonly logger: Logger;
  readonly lore?: JobLore;
  readonly now?: () => Instant;
}

export interface JobReader {
  /** Undefined when there is no such job. Rejects with `WatchError` when Redis does not answer in time. */
  read(queue: QueueName, id: string): Promise<JobStatus | undefined>;
  /** Leaves the connection open. */
  close(): Promise<void>;
}

/** Longest that one look takes. */
const LIMIT_MS = 1_500;

export function createJobReader(options: JobReaderOptions): JobReader {
  const { connection, lore = {}, now = Date.now } = options;
  const queues = new Map<QueueName, Queue>();
  const open = (name: QueueName) => {
    const known = queues.get(name);
    if (known !== undefined) return known;
    const queue = openQueue(name, options);
    queues.set(name, queue);
    return queue;
  };
  const experience = createExperiences(now);
  const look = async (name: QueueName, id: string) => {
    const queue = open(name);
    const [facts, known] = await Promise.all([
      readFacts(queue, { connection, lore, name, id }),
      experience(queue),
    ]);
    return { status: facts && statusOf(facts, known, now()) };
  };
  return {
    async read(name, id) {
      if (connection.status !== "ready") throw new WatchError("The queue's Redis is away.");
      const seen = await within(LIMIT_MS, look(name, id)).catch((cause) => {
        throw new WatchError("The queue's Redis failed.", { cause });
      });
      if (seen === undefined) throw new WatchError("The queue's Redis did not answer in time.");
      return seen.status;
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

function openQueue(name: QueueName, { connection, logger }: JobReaderOptions): Queue {
  const queue = new Queue(name, {
    connection,
    prefix: queuePrefix(name),
    skipVersionCheck: true,
    skipMetasUpdate: true,
  });
  queue.on("error", (err) => logger.debug({ err, queue: name }, "The queue has a fault"));
  return queue;
}

interface Look {
  readonly connection: RedisClient;
  readonly lore: JobLore;
  readonly name: QueueName;
  readonly id: string;
}

/** The state before the record: a job that ends in between then shows by its record that it has, and is looked at again. */
async function readFacts(queue: Queue, look: Look): Promise<JobFacts | undefined> {
  const { lore, name, id } = look;
  let state = await queue.getJobState(id);
  let job: Job | undefined = await queue.getJob(id);
  if (job?.finishedOn !== undefined && state !== "completed" && state !== "failed") {
    state = await queue.getJobState(id);
    job = await queue.getJob(id);
  }
  if (job === undefined || state === "unknown") return undefined;
  const mayBeLaned = state === "delayed" || state === "waiting" || state === "prioritized";
  const position = mayBeLaned ? await lore.position?.(name, id) : undefined;
  return {
    ...recorded(job, name),
    ...{ id, state, position, resultUrl: lore.resultUrl?.(name, job.data) },
    ...(state === "delayed" && (await readDelay(queue, look))),
  };
}

function recorded(job: Job, queue: QueueName) {
  return {
    queue,
    createdAt: job.timestamp,
    processedAt: job.processedOn,
    finishedAt: job.finishedOn,
    attemptsMade: job.attemptsMade,
    attemptsStarted: job.attemptsStarted,
    mostAttempts: job.opts.attempts ?? JOBS[queue].attempts,
    progress: job.progress,
    failedReason: job.failedReason || undefined,
    failureName: failureName(job),
    returnValue: job.returnvalue,
  };
}

/** By the first line of the last stack. */
function failureName({ stacktrace }: Job): string | undefined {
  return /^(\w+): /.exec(stacktrace?.at(-1) ?? "")?.[1];
}

/** BullMQ's scores of delayed jobs are milliseconds times this, and a counter. */
const SCORE_UNIT = 4_096;
/** As workers write it into the log of a job that they delay. */
const DELAYED_LINE = /^(?:\d{4}-\S+Z )?(.*?) Next run at \S+\.$/s;

async function readDelay(queue: Queue, { connection, name, id }: Look) {
  const [score, { logs }] = await Promise.all([
    connection.zscore(`${jobKeyPrefix(name)}delayed`, id),
    queue.getJobLogs(id, 0, 0, false),
  ]);
  const delayReason = DELAYED_LINE.exec(logs[0] ?? "")?.[1];
  return {
    ...(score !== null && { delayedUntil: Math.floor(Number(score) / SCORE_UNIT) }),
    ...(delayReason !== undefined && { delayReason }),
  };
}

/** How long what is known of earlier jobs is believed, and of how many it is gathered. */
const EXPERIENCE_MS = 30_000;
const SAMPLE = 30;

/** What earlier jobs of each queue took, looked up now and then. */
function createExperiences(now: () => Instant) {
  const known = new Map<
    string,
    { readonly at: Instant; readonly experience: Promise<Experience> }
  >();
  const gather = async (queue: Queue): Promise<Experience> => {
    const jobs: (Job | undefined)[] = await queue.getJobs(["completed"], 0, SAMPLE - 1);
    return experienceOf(
      jobs.flatMap((job) =>
        job?.processedOn === undefined || job.finishedOn === undefined
          ? []
          : [
              {
                createdAt: job.timestamp,
                processedAt: job.processedOn,
                finishedAt: job.finishedOn,
              },
            ],
      ),
    );
  };
  return (queue: Queue): Promise<Experience> => {
    const before = known.get(queue.name);
    if (before !== undefined && now() - before.at < EXPERIENCE_MS) return before.experience;
    const experience = gather(queue).catch(() => ({ runMs: undefined, totalMs: undefined }));
    known.set(queue.name, { at: now(), experience });
    return experience;
  };
}
