/** What the schedules of the fleet are doing, and running one out of turn. */
import type { Job, JobSchedulerJson, Queue } from "bullmq";
import type { Instant } from "../fields.ts";
import type { RedisClient } from "../redis/connect.ts";
import type { OpenQueues } from "./open.ts";
import { extraRunId, type RunsOfSchedule, readRuns, schedulerOf } from "./schedule-runs.ts";
import { scheduleName } from "./schedules.ts";

/**
 * `waiting`: for its time. `due`: its time has come and no worker is free. `running`. `stopped`: its next run was taken away; the
 * next start of a worker brings it back.
 */
export type ScheduleState = "waiting" | "due" | "running" | "stopped";

export interface ScheduleFacts extends RunsOfSchedule {
  readonly name: string;
  readonly queue: string;
  /** Cron pattern and its zone, or the distance between runs. */
  readonly pattern?: string;
  readonly timeZone?: string;
  readonly everyMs?: number;
  readonly state: ScheduleState;
  /** Absent when it is stopped. */
  readonly nextAt?: Instant;
  /** Id of the job that runs now. */
  readonly running?: string;
}

export type ScheduleQueues = Pick<OpenQueues, "queues" | "connection">;

/** By name. Rejects while Redis is away. */
export async function listSchedules({
  queues,
  connection,
}: ScheduleQueues): Promise<ScheduleFacts[]> {
  const listed = await Promise.all(
    queues.map(async ({ queue }) => {
      const schedulers = await queue.getJobSchedulers();
      if (schedulers.length === 0) return [];
      const active = await queue.getJobs(["active"], 0, MOST_ACTIVE);
      return Promise.all(schedulers.map((one) => factsOf(queue, one, active, connection)));
    }),
  );
  return listed.flat().toSorted((a, b) => a.name.localeCompare(b.name));
}

/** Active jobs that are looked through for runs of schedules. */
const MOST_ACTIVE = 1_000;

async function factsOf(
  queue: Queue,
  scheduler: JobSchedulerJson,
  active: readonly Job[],
  connection: RedisClient,
): Promise<ScheduleFacts> {
  const { key, pattern, tz, every, next } = scheduler;
  const running = active.find((job) => schedulerOf(job) === key)?.id;
  const pending = await queue.getJobState(`repeat:${key}:${next}`);
  const nextState = pending === "unknown" ? "stopped" : pending === "delayed" ? "waiting" : "due";
  return {
    name: scheduleName(key),
    queue: queue.name,
    ...(pattern !== undefined && { pattern }),
    ...(tz !== undefined && { timeZone: tz }),
    ...(every !== undefined && { everyMs: Number(every) }),
    state: running === undefined ? nextState : "running",
    ...(next !== undefined && nextState !== "stopped" && { nextAt: next }),
    ...(running !== undefined && { running }),
    ...(await readRuns(connection, queue.name, key)),
  };
}

export interface StartedRun {
  readonly queue: string;
  readonly job: string;
  /** Whether an extra run was under way or waiting already. */
  readonly joined: boolean;
}

/** Adds a run that begins now, or as soon as its queue lets it. Undefined when no schedule has this name. */
export async function runSchedule(
  { queues }: Pick<ScheduleQueues, "queues">,
  name: string,
): Promise<StartedRun | undefined> {
  for (const { queue } of queues) {
    const schedulers = await queue.getJobSchedulers();
    const found = schedulers.find(({ key }) => scheduleName(key) === name);
    if (found === undefined) continue;
    const mine = extraRunId(found.key);
    const job = await queue.add(found.name, found.template?.data, {
      ...found.template?.opts,
      jobId: mine,
      deduplication: { id: `schedule:${found.key}` },
    });
    return { queue: queue.name, job: job.id as string, joined: job.id !== mine };
  }
  return undefined;
}
