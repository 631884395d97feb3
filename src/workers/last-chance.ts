/**
 * A job that kills its process takes those that run beside it along, and each time they all come back together. Jobs that may not be lost
 * once more therefore run one at a time in each process: the one that kills dies alone, the others get through.
 */
import { DelayedError, type Job } from "bullmq";

export interface LastChances {
  /** Lets a job pass, or puts it off for some seconds: a job that only waited here must not count as lost again. */
  enter(job: Job, token: string): Promise<void>;
  leave(id: string): void;
}

const SHORTEST_MS = 500;
const LONGEST_MS = 3_000;

export function createLastChances(maxStalledCount: number): LastChances {
  let running: string | undefined;
  return {
    async enter(job, token) {
      if (job.stalledCounter < Math.max(maxStalledCount, 1)) return;
      if (running === undefined) {
        running = job.id;
        return;
      }
      const delayMs = SHORTEST_MS + (LONGEST_MS - SHORTEST_MS) * Math.random();
      await job.moveToDelayed(Date.now() + Math.round(delayMs), token);
      throw new DelayedError();
    },
    leave(id) {
      if (running === id) running = undefined;
    },
  };
}
