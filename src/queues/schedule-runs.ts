/** How the runs of schedules ended: kept beside the queue for longer than the jobs are. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { RedisClient } from "../redis/connect.ts";
import { scheduleRunsKey } from "../redis/keys.ts";
import { readStored } from "../redis/stored-json.ts";

const runSchema = z.object({
  /** Id of the job. */
  job: z.string(),
  outcome: z.enum(["completed", "failed"]),
  /** In milliseconds since the epoch. */
  startedAt: z.number(),
  endedAt: z.number(),
  /** Why it failed, without secrets. */
  failure: z.string().optional(),
});

/** One run that ended: for good, not to be tried again. */
export type ScheduleRun = Readonly<z.infer<typeof runSchema>>;

/** The id of a job that runs a schedule out of turn. */
export function extraRunId(scheduler: string): string {
  return `run.${randomUUID()}.${scheduler}`;
}

/** The scheduler that a job runs for; undefined when it runs for none. */
export function schedulerOf(job: {
  readonly id?: string | undefined;
  readonly repeatJobKey?: string | undefined;
}): string | undefined {
  return job.repeatJobKey ?? /^run\.[\da-f-]{36}\.(.+)$/.exec(job.id ?? "")?.[1];
}

/** Keeps how a run ended as the last one of its schedule. */
export async function writeRun(
  connection: RedisClient,
  queue: string,
  scheduler: string,
  run: ScheduleRun,
): Promise<void> {
  const fields = { [`last:${scheduler}`]: JSON.stringify(run) };
  if (run.outcome === "completed") fields[`success:${scheduler}`] = String(run.endedAt);
  await connection.hset(scheduleRunsKey(queue), fields);
}

export interface RunsOfSchedule {
  readonly last?: ScheduleRun;
  /** When a run last ended well, in milliseconds since the epoch. */
  readonly lastSuccessAt?: number;
}

/** How the last run of a schedule ended, and when one last ended well. */
export async function readRuns(
  connection: RedisClient,
  queue: string,
  scheduler: string,
): Promise<RunsOfSchedule> {
  const [last, success] = await connection.hmget(
    scheduleRunsKey(queue),
    `last:${scheduler}`,
    `success:${scheduler}`,
  );
  const run = readStored(runSchema, last);
  return {
    ...(run !== undefined && { last: run }),
    ...(success != null && { lastSuccessAt: Number(success) }),
  };
}

/** Forgets what a schedule left that is there no more. */
export async function forgetRuns(
  connection: RedisClient,
  queue: string,
  scheduler: string,
): Promise<void> {
  await connection.hdel(scheduleRunsKey(queue), `last:${scheduler}`, `success:${scheduler}`);
}
