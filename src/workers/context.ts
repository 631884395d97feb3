import type { Job } from "bullmq";
import { redactText } from "../queues/redact.ts";
import { type Fence, jobFence } from "../redis/fence.ts";

/** What the work of a job may use. Log and progress are best effort: they never fail and need not be awaited. */
export interface JobContext {
  /** Aborts when the job belongs to another worker from now on. */
  readonly signal: AbortSignal;
  /** For writes that only the owner of the job may make: `createFencedScript` takes it. */
  readonly fence: Fence;
  /** Adds a line to the job's log, cut at 300 characters and cleared of query strings and credentials. */
  log(line: string): void;
  /** How far the job is: a percentage or counts, or the step that it is at with the like. Written when a step begins, else four times a second at most. */
  progress(progress: Progress): void;
}

type Progress = number | Counts | Step;
/** `progress`: percent. */
type Step = { readonly step: string; readonly [count: string]: number | string };
type Counts = { readonly [count: string]: number };

const LONGEST_LINE = 300;
const PROGRESS_MS = 250;

/** `token`: of the lock under which the job runs; `signal` aborts when that is lost. */
export function createJobContext(job: Job, token: string, signal: AbortSignal): JobContext {
  let writtenAt = Number.NEGATIVE_INFINITY;
  let step: unknown;
  return {
    signal,
    fence: jobFence(job.queueName, job.id as string, token),
    log(line) {
      const stamped = `${new Date().toISOString()} ${redactText(line)}`;
      job.log(stamped.slice(0, LONGEST_LINE)).catch(ignore);
    },
    progress(progress) {
      const now = performance.now();
      const begins = typeof progress === "number" ? progress >= 100 : begunBy(progress, step);
      if (!begins && now - writtenAt < PROGRESS_MS) return;
      writtenAt = now;
      if (typeof progress !== "number") step = progress.step ?? step;
      job.updateProgress(progress).catch(ignore);
    },
  };
}

function begunBy(progress: Counts | Step, step: unknown): boolean {
  return "step" in progress && progress.step !== step;
}

/** The job may be gone, or Redis away: the outcome tells what matters. */
function ignore(): void {}
