/** Whether a worker still asks for jobs, which is what makes it alive: its process and its connections may look well when it does not. */
import { type Job, Worker } from "bullmq";

export interface Fetching {
  /** When Redis last answered this worker's question for a job, in milliseconds since the epoch. */
  readonly lastFetchAt: number;
  /** Jobs that run now, and that may run. A worker with no free place does not ask. */
  readonly running: number;
  readonly concurrency: number;
  /** When a run last ended; before the first it is when the worker started. */
  readonly lastRunAt: number;
}

/** A worker that tells whether it still asks for jobs. */
export class FetchingWorker extends Worker {
  #lastFetchAt = Date.now();
  #lastRunAt = Date.now();
  #running = 0;

  fetching(): Fetching {
    return {
      lastFetchAt: this.#lastFetchAt,
      running: this.#running,
      concurrency: this.concurrency,
      lastRunAt: this.#lastRunAt,
    };
  }

  /** Counts one run. */
  async counted<T>(run: () => Promise<T>): Promise<T> {
    this.#lastFetchAt = Date.now();
    this.#running += 1;
    try {
      return await run();
    } finally {
      this.#running -= 1;
      this.#lastRunAt = Date.now();
    }
  }

  /** Every question for a job goes through here, except that for the next one after a job has ended. */
  protected override async moveToActive(token: string, name?: string): Promise<Job> {
    const job = await super.moveToActive(token, name);
    this.#lastFetchAt = Date.now();
    return job;
  }
}

/** Whether a worker with a free place has not asked since `limitMs` before `now`. `readyAt`: since when its connection stands. */
export function isStuck(
  { lastFetchAt, lastRunAt, running, concurrency }: Fetching,
  readyAt: number,
  now: number,
  limitMs: number,
): boolean {
  return running < concurrency && now - Math.max(lastFetchAt, lastRunAt, readyAt) > limitMs;
}
