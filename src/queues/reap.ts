/** When the reaper runs: one scheduler for the fleet, and one run at a time. */
import { Queue } from "bullmq";
import type { ReapSchedule } from "../config/reap.ts";
import { messageOf, SetupError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { RedisClient } from "../redis/connect.ts";
import { queuePrefix } from "../redis/keys.ts";
import { JOBS, type JobPayloads } from "./jobs.ts";

export interface ReapQueue {
  /**
   * Sets the schedule of the fleet, or takes it away when undefined; what the last process to start says holds. Waits while Redis is away.
   * Rejects with a `SetupError` when the pattern makes no sense, and when Redis does not show what was set.
   */
  schedule(schedule: ReapSchedule | undefined, payload: JobPayloads["reap"]): Promise<void>;
  /** Adds a run to begin now, or as soon as the one under way has ended. Resolves with its id. */
  enqueue(payload: JobPayloads["reap"]): Promise<string>;
  /** Leaves the connection open. */
  close(): Promise<void>;
}

const SCHEDULER = "reap";

export function createReapQueue(connection: RedisClient, logger: Logger): ReapQueue {
  const spec = JOBS.reap;
  const options = {
    attempts: spec.attempts,
    backoff: { type: "exponential", delay: spec.backoffMs, jitter: spec.jitter },
    removeOnComplete: age(spec.keepCompleted),
    removeOnFail: age(spec.keepFailed),
    keepLogs: spec.logLines,
  };
  const queue = new Queue("reap", {
    connection,
    prefix: queuePrefix("reap"),
    skipVersionCheck: true,
    defaultJobOptions: options,
  });
  queue.on("error", (err) => logger.debug({ err, queue: "reap" }, "The queue has a fault"));
  return {
    async schedule(schedule, payload) {
      // A slow run must not meet the next one, on whatever machine that begins.
      await queue.setGlobalConcurrency(1);
      if (schedule === undefined) {
        await queue.removeJobScheduler(SCHEDULER);
        return;
      }
      const { pattern, timeZone } = schedule;
      const repeat = { pattern, tz: timeZone };
      await upsert(queue, repeat, { name: "reap", data: payload, opts: options });
      const set = await queue.getJobScheduler(SCHEDULER);
      if (set?.pattern !== pattern || set.tz !== timeZone)
        throw new SetupError("The schedule of the reaper was not taken.");
      const next = set.next === undefined ? undefined : new Date(set.next).toISOString();
      logger.info({ pattern, timeZone, next, ...payload }, "Reaper scheduled");
    },
    async enqueue(payload) {
      const job = await queue.add("reap", payload);
      return job.id as string;
    },
    close: () => queue.close(),
  };
}

type Template = Parameters<Queue["upsertJobScheduler"]>[2];

async function upsert(queue: Queue, repeat: { pattern: string; tz: string }, template: Template) {
  try {
    await queue.upsertJobScheduler(SCHEDULER, repeat, template);
  } catch (cause) {
    throw new SetupError(`The schedule of the reaper was not taken: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function age({ ageMs, count }: { readonly ageMs: number; readonly count: number }) {
  return { age: ageMs / 1_000, count };
}
