/**
 * A job that kills its process takes those that run beside it along, and each time they all come back together. Jobs that may not be lost
 * once more therefore run one at a time in each process: the one that kills dies alone, the others get through. Only a job that was lost
 * when it ran alone has failed: one that was lost on its way in, as it was picked up or put off, has not had its chance.
 */
import { DelayedError, type Job, UnrecoverableError } from "bullmq";
import { LOST } from "../queues/retry.ts";
import type { RedisClient } from "../redis/connect.ts";
import { jobFence } from "../redis/fence.ts";
import { laneKeys } from "../redis/keys.ts";

export interface LastChances {
  /**
   * Lets a job pass, or puts it off for some seconds: a job that only waited here must not count as lost again. Fails one that has had its
   * chance.
   */
  enter(job: Job, token: string): Promise<void>;
  /** The run is over; how it ended may still have to be recorded. */
  leave(id: string, token: string): void;
}

export interface LastChanceOptions {
  readonly connection: RedisClient;
  /** How often a job is lost before it runs alone; BullMQ must allow for more. At least 1. */
  readonly maxStalledCount: number;
}

interface Run {
  readonly id: string;
  readonly lockKey: string;
  readonly token: string;
  left: boolean;
}

const SHORTEST_MS = 500;
const LONGEST_MS = 3_000;
/** Goes with the job's ticket; this is for a job that loses it otherwise. */
const CHANCE_LIFE_S = 7 * 86_400;

export function createLastChances(options: LastChanceOptions): LastChances {
  const { connection, maxStalledCount } = options;
  let running: Run | undefined;
  // A job keeps its lock until its end is recorded: whoever dies before that was lost. The next run with the same token comes after that,
  // and may be of the same job.
  const isOver = async ({ left, lockKey, token }: Run, next: string) =>
    left && (token === next || (await connection.get(lockKey)) !== token);
  return {
    async enter(job, token) {
      const { stalledCounter: lost } = job;
      if (lost < maxStalledCount) return;
      const id = job.id as string;
      const chance = laneKeys(job.queueName).chance(id);
      const taken = await connection.get(chance);
      if (taken !== null && lost > Number(taken)) throw new UnrecoverableError(LOST);
      // It got through when it ran alone: it has its chance again, and may be lost on its way in.
      if (taken !== null) await connection.del(chance);
      const before = running;
      const isFree = before === undefined || (await isOver(before, token));
      if (!isFree || running !== before) return putOff(job, token);
      running = { id, ...jobFence(job.queueName, id, token), left: false };
      await connection.set(chance, lost, "EX", CHANCE_LIFE_S);
    },
    leave(id, token) {
      if (running?.id === id && running.token === token) running.left = true;
    },
  };
}

async function putOff(job: Job, token: string): Promise<never> {
  const delayMs = SHORTEST_MS + (LONGEST_MS - SHORTEST_MS) * Math.random();
  await job.moveToDelayed(Date.now() + Math.round(delayMs), token);
  throw new DelayedError();
}
