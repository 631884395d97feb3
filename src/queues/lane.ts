/**
 * Lanes: jobs of one queue that share a name run one at a time (or a few), in the order in which they were asked for, whatever process
 * runs them. Each job draws a ticket; the first tickets may run, the others wait as delayed jobs and are promoted when their turn comes.
 */
import type { Job, Queue, Worker } from "bullmq";
import type { RedisClient } from "../redis/connect.ts";
import { createAdd, type Joined } from "./lane-add.ts";
import {
  cancelStep,
  guardStep,
  type LaneCall,
  positionStep,
  sweepStep,
  wakeStep,
} from "./lane-scripts.ts";

export interface LaneLimits {
  /** Jobs of one lane that run at a time. */
  readonly concurrency: number;
  /** Jobs of one lane that may wait beside those. */
  readonly waiting: number;
}

/** Whether a job may run now. `lost`: it belongs to another run. */
export type Turn =
  | { readonly turn: "run" }
  | { readonly turn: "cancelled" }
  | { readonly turn: "lost" }
  | { readonly turn: "park"; readonly position: number };

export type Cancelled = "cancelling" | "ended" | "unknown";

export interface Lanes {
  /** Adds a job and gives it its place. `id` is that of another when an unfinished one stands for the same. */
  add(lane: string, job: Job): Promise<{ readonly id: string; readonly place: Joined }>;
  /** Asks on behalf of a run of a job, which its token proves. */
  guard(lane: string, id: string, token: string): Promise<Turn>;
  /** Lets those run whose turn has come; `ended` names a job that may have ended. Idempotent. */
  wake(lane: string, ended?: string): Promise<void>;
  /** The same, and writes to those that wait where they stand. */
  sweep(lane: string): Promise<void>;
  /** How many jobs of the lane must end before this one may run; undefined when it is not in the lane. */
  position(lane: string, id: string): Promise<number | undefined>;
  /** Makes a job fail as cancelled in whatever state it is; one that runs is told. */
  cancel(lane: string, id: string): Promise<Cancelled>;
}

/** The progress of a job that waits for its turn. `position`: as `Lanes.position` tells it. */
export function queuedAt(position: number): { readonly step: "queued"; readonly position: number } {
  return { step: "queued", position };
}

/** How long a job that waits for its turn sleeps when nobody wakes it, in milliseconds: spread, so that a crowd does not come at once. */
export function parkingTime(parkMs: number = PARK_MS, random: number = Math.random()): number {
  return Math.round(parkMs * (1 + PARK_SPREAD * random));
}

const PARK_MS = 600_000;
const PARK_SPREAD = 0.25;

/** `queue` is BullMQ's end of the queue in this process; `connection` carries the scripts. */
export function createLanes(
  queue: Pick<Queue | Worker, "name" | "getBackend">,
  connection: RedisClient,
  limits: LaneLimits,
): Lanes {
  const at = (lane: string): LaneCall => ({
    client: connection,
    queue: queue.name,
    lane,
    limit: limits.concurrency,
  });
  const backend = queue.getBackend();
  const promote = async (ids: readonly string[]) => {
    await Promise.all(ids.map((id) => backend.promote(id).catch(unlessMoved)));
  };
  return {
    add: createAdd({ connection, at, promote, waiting: limits.waiting }),
    async guard(lane, id, token) {
      const [turn, position] = await guardStep(at(lane), id, token);
      return turn === "park" ? { turn, position: position as number } : { turn };
    },
    async wake(lane, ended = "") {
      await promote(await wakeStep(at(lane), ended));
    },
    async sweep(lane) {
      const [ready, moved] = await sweepStep(at(lane));
      await promote(ready);
      for (let i = 0; i < moved.length; i += 2) {
        const progress = queuedAt(moved[i + 1] as number);
        await backend.updateProgress(moved[i] as string, { ...progress }).catch(unlessMoved);
      }
    },
    async position(lane, id) {
      const position = await positionStep(at(lane), id);
      return position < 0 ? undefined : position;
    },
    async cancel(lane, id) {
      const where = await cancelStep(at(lane), id);
      if (where === "ended") return where;
      if (where === "delayed") await promote([id]);
      return "cancelling";
    },
  };
}

/** BullMQ's codes for a job that is gone, and for one that is no longer delayed: somebody else was faster. */
const MOVED: readonly unknown[] = [-1, -3];

function unlessMoved(error: Error & { readonly code?: unknown }): void {
  if (!MOVED.includes(error.code)) throw error;
}
