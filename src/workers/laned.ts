/** The worker's end of lanes: jobs run when it is their turn, and whatever ends lets the next one run. */
import { DelayedError, type Job, UnrecoverableError, type Worker } from "bullmq";
import type { Logger } from "../logger.ts";
import { JOBS } from "../queues/jobs.ts";
import { createLanes, type LaneLimits, type Lanes, parkingTime, queuedAt } from "../queues/lane.ts";
import { watchCancels } from "../queues/lane-cancels.ts";
import { startLaneSweep } from "../queues/lane-sweep.ts";
import { CANCELLED } from "../queues/retry.ts";
import { within } from "../queues/within.ts";
import type { RedisClient } from "../redis/connect.ts";
import { createLastChances } from "./last-chance.ts";
import { cancelled, type Gate, type Timing } from "./worker.ts";

export interface LaneGateOptions {
  /** A patient connection. */
  readonly connection: RedisClient;
  readonly limits: LaneLimits;
  /** The lane of a job; throws when its payload names none. */
  readonly laneOf: (data: unknown) => string;
  readonly logger: Logger;
  /** In place of the standard times, and of the queue's own. */
  readonly timing?: Partial<LaneTiming & Pick<Timing, "maxStalledCount">>;
}

export interface LaneTiming {
  /** Longest sleep of a job that waits for its turn, when nobody wakes it. */
  readonly parkMs: number;
  /** How often the fleet looks for lanes that stand still. */
  readonly sweepMs: number;
}

export interface LaneGate extends Gate {
  /** After the worker has closed. Resolves in any case. */
  close(): Promise<void>;
}

/** Longest that closing waits for those that ended jobs wake. */
const LAST_WAKES_MS = 1_000;

export function createLaneGate(worker: Worker, options: LaneGateOptions): LaneGate {
  const { connection, logger, laneOf, timing = {} } = options;
  const lanes = createLanes(worker, connection, options.limits);
  const { maxStalledCount } = { ...JOBS.report, ...timing };
  const lastChances = createLastChances({ connection, maxStalledCount });
  const running = new Set<string>();
  const wakes = wakeAfter(worker, (job) => lanes.wake(laneOf(job.data), job.id), logger);
  const cancel = (id: string) => void worker.cancelJob(id, CANCELLED);
  const cancels = watchCancels(connection, worker.name, { running, cancel });
  const sweep = startLaneSweep({
    connection,
    queue: worker.name,
    sweep: lanes.sweep,
    everyMs: timing.sweepMs,
    also: cancels.check,
    logger,
  });
  const leave = (id: string, token: string) => {
    running.delete(id);
    lastChances.leave(id, token);
  };
  return {
    async enter(job, token) {
      const id = job.id as string;
      // First, so that no cancel goes unheard between the question and the run.
      running.add(id);
      try {
        await takeTurn(lanes, nameOf(job, laneOf), job, token, timing.parkMs);
        await lastChances.enter(job, token);
      } catch (error) {
        leave(id, token);
        throw error;
      }
    },
    leave,
    async close() {
      sweep.stop();
      cancels.stop();
      await within(LAST_WAKES_MS, wakes.settled());
    },
  };
}

/** Every end of a job that BullMQ has recorded, also of one that never reached its processor, may be another's turn. */
function wakeAfter(worker: Worker, wake: (job: Job) => Promise<void>, logger: Logger) {
  const waking = new Set<Promise<void>>();
  const onEnd = (job: Job | undefined) => {
    if (job === undefined) return;
    const woken = Promise.resolve(job)
      .then(wake)
      .catch((err) => logger.debug({ err, id: job.id }, "Nobody was woken; a sweep will"))
      .finally(() => waking.delete(woken));
    waking.add(woken);
  };
  worker.on("completed", onEnd);
  worker.on("failed", onEnd);
  return { settled: () => Promise.all(waking) };
}

/** Returns when it is the job's turn; else puts it to sleep, or fails it. */
async function takeTurn(
  lanes: Lanes,
  lane: string,
  job: Job,
  token: string,
  parkMs?: number,
): Promise<void> {
  const turn = await lanes.guard(lane, job.id as string, token);
  if (turn.turn === "run") return;
  if (turn.turn === "cancelled") throw cancelled();
  if (turn.turn === "lost") throw new Error("The job belongs to another worker by now.");
  await job.updateProgress({ ...queuedAt(turn.position) });
  await job.moveToDelayed(Date.now() + parkingTime(parkMs), token);
  // Those before it may have ended while it went to sleep.
  await lanes.wake(lane);
  throw new DelayedError();
}

/** A job without a lane can never run. */
function nameOf(job: Job, laneOf: (data: unknown) => string): string {
  try {
    return laneOf(job.data);
  } catch (error) {
    throw new UnrecoverableError((error as Error).message);
  }
}
