import { type RunningWorker, startWorker, type WorkerOptions } from "./worker.ts";

export interface RefreshWorkerOptions extends Omit<WorkerOptions<"refresh">, "queue" | "run"> {
  /** The refresh itself: the same conditional fetch, guards and fenced write as a miss. */
  readonly refresh: WorkerOptions<"refresh">["run"];
}

export function createRefreshWorker({ refresh, ...options }: RefreshWorkerOptions): RunningWorker {
  return startWorker({ ...options, queue: "refresh", run: refresh });
}
