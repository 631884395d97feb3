/** Jobs that come by the clock: the schedules of the fleet are what the last worker to start was configured with. */
import { isDeepStrictEqual } from "node:util";
import { type JobSchedulerJson, Queue } from "bullmq";
import { messageOf, SetupError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { RedisClient } from "../redis/connect.ts";
import { queuePrefix } from "../redis/keys.ts";
import { JOBS, type JobPayloads, type QueueName, readPayload } from "./jobs.ts";
import { jobOptions } from "./options.ts";
import { forgetRuns } from "./schedule-runs.ts";

/** When runs begin: a cron pattern of five or six fields in a time zone, or a distance. */
export type Timing =
  | { readonly pattern: string; readonly timeZone: string }
  | { readonly everyMs: number };

interface SpecOf<N extends QueueName> {
  /** Tells schedules apart in the whole fleet, whatever their queue. */
  readonly name: string;
  readonly queue: N;
  readonly timing: Timing;
  /** Of every run. */
  readonly payload: JobPayloads[N];
}

export type ScheduleSpec = { [N in QueueName]: SpecOf<N> }[QueueName];

export interface ScheduleTools {
  /** A patient connection waits while Redis is away. */
  readonly connection: RedisClient;
  readonly logger: Logger;
}

/** Queues in which one job runs at a time in the whole fleet: a slow run never meets the next one. */
const ONE_AT_A_TIME: ReadonlySet<QueueName> = new Set<QueueName>(["reap"]);

/**
 * Sets the schedules of the fleet and takes away all others. One that stands already is left alone, so that a run which fell due while no
 * worker was there is caught up with, once. Rejects with a `SetupError` when a timing makes no sense, and when Redis does not show what was set.
 */
export async function upsertSchedules(
  tools: ScheduleTools,
  wanted: readonly ScheduleSpec[],
): Promise<void> {
  for (const name of Object.keys(JOBS) as QueueName[]) {
    const queue = openQueue(name, tools);
    try {
      if (ONE_AT_A_TIME.has(name)) await queue.setGlobalConcurrency(1);
      const specs = wanted.filter((spec) => spec.queue === name);
      await removeOthers(queue, specs, tools);
      for (const spec of specs) await upsert(queue, spec, tools.logger);
    } finally {
      await queue.close();
    }
  }
}

/** A scheduler's id is its schedule's name without the colon, which BullMQ's own keys are divided by. */
function schedulerId(name: string): string {
  return encodeURIComponent(name);
}

/** The name of the schedule that a scheduler of this id keeps. */
export function scheduleName(id: string): string {
  return decodeURIComponent(id);
}

function openQueue(name: QueueName, { connection, logger }: ScheduleTools): Queue {
  const prefix = queuePrefix(name);
  const queue = new Queue(name, { connection, prefix, skipVersionCheck: true });
  queue.on("error", (err) => logger.debug({ err, queue: name }, "The queue has a fault"));
  return queue;
}

async function removeOthers(
  queue: Queue,
  specs: readonly ScheduleSpec[],
  { connection, logger }: ScheduleTools,
): Promise<void> {
  const kept = new Set(specs.map(({ name }) => schedulerId(name)));
  for (const { key } of await queue.getJobSchedulers()) {
    if (kept.has(key)) continue;
    await queue.removeJobScheduler(key);
    await forgetRuns(connection, queue.name, key);
    logger.warn(
      { schedule: scheduleName(key), queue: queue.name },
      "Schedule removed: it is no longer configured",
    );
  }
}

async function upsert(queue: Queue, spec: ScheduleSpec, logger: Logger): Promise<void> {
  const { name, timing } = spec;
  const id = schedulerId(name);
  const data = readPayload(spec.queue, spec.payload);
  const facts = { schedule: name, queue: spec.queue, ...timing };
  const before = await queue.getJobScheduler(id);
  if (before !== undefined && isSame(before, spec) && (await hasRun(queue, before))) {
    logger.info({ ...facts, next: nextOf(before) }, "Schedule kept");
    return;
  }
  try {
    await queue.upsertJobScheduler(id, repeatOf(timing), {
      name: spec.queue,
      data,
      opts: jobOptions(spec.queue),
    });
  } catch (cause) {
    throw new SetupError(`The schedule ${name} was not taken: ${messageOf(cause)}`, { cause });
  }
  const after = await queue.getJobScheduler(id);
  if (after === undefined || !hasTiming(after, timing))
    throw new SetupError(`The schedule ${name} was not taken.`);
  logger.info({ ...facts, next: nextOf(after) }, "Schedule set");
}

function repeatOf(timing: Timing) {
  return "everyMs" in timing
    ? { every: timing.everyMs }
    : { pattern: timing.pattern, tz: timing.timeZone };
}

function hasTiming({ every, pattern, tz }: JobSchedulerJson, timing: Timing): boolean {
  return "everyMs" in timing
    ? Number(every) === timing.everyMs
    : pattern === timing.pattern && tz === timing.timeZone;
}

function isSame(scheduler: JobSchedulerJson, { queue, timing, payload }: ScheduleSpec): boolean {
  const { data, opts } = scheduler.template ?? {};
  const wanted = jobOptions(queue);
  return (
    hasTiming(scheduler, timing) &&
    isDeepStrictEqual(data, payload) &&
    isDeepStrictEqual({ ...opts, ...wanted }, { ...opts })
  );
}

/** Whether the next run is there: what empties a queue takes it away, and no other would ever follow. */
async function hasRun(queue: Queue, { key, next }: JobSchedulerJson): Promise<boolean> {
  return next !== undefined && (await queue.getJob(`repeat:${key}:${next}`)) !== undefined;
}

function nextOf({ next }: JobSchedulerJson): string | undefined {
  return next === undefined ? undefined : new Date(next).toISOString();
}
