/** When a job is expected to end, and when to ask again, going by how long earlier jobs of its queue took. Pure. */
import type { Instant } from "../fields.ts";
import { hasEnded, type JobStatus } from "./status.ts";

/** How long earlier jobs of a queue took, in milliseconds; undefined when there were none. */
export interface Experience {
  /** From the start of a run to its end. */
  readonly runMs: number | undefined;
  /** From when it was asked for to its end. */
  readonly totalMs: number | undefined;
}

/** By how long earlier jobs took. An expectation that has passed is none. */
export function expectedEnd(
  status: JobStatus,
  { runMs, totalMs }: Experience,
  now: Instant,
): Instant | undefined {
  const at = untested(status, runMs, totalMs);
  return at === undefined || at <= now ? undefined : Math.round(at);
}

function untested(
  { state, position = 0, createdAt, startedAt, nextRunAt }: JobStatus,
  runMs: number | undefined,
  totalMs: number | undefined,
): Instant | undefined {
  if (runMs === undefined || totalMs === undefined) return undefined;
  switch (state) {
    case "active":
      return startedAt === undefined ? undefined : startedAt + runMs;
    case "delayed":
      return nextRunAt === undefined ? undefined : nextRunAt + runMs;
    case "waiting":
    case "queued":
      return createdAt + totalMs + position * runMs;
    default:
      return undefined;
  }
}

/** The median of what earlier jobs of a queue took. */
export function experienceOf(
  jobs: readonly { createdAt: Instant; processedAt: Instant; finishedAt: Instant }[],
): Experience {
  return {
    runMs: median(jobs.map(({ processedAt, finishedAt }) => finishedAt - processedAt)),
    totalMs: median(jobs.map(({ createdAt, finishedAt }) => finishedAt - createdAt)),
  };
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.filter((value) => value >= 0).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Seconds after which asking again makes sense; undefined when nothing will change. */
export function pollAfter(status: JobStatus, now: Instant): number | undefined {
  if (hasEnded(status)) return undefined;
  const until = status.nextRunAt ?? status.expectedAt;
  const share = until === undefined ? SHORTEST_POLL_S : (until - now) / 1_000 / POLLS;
  return Math.min(LONGEST_POLL_S, Math.max(SHORTEST_POLL_S, Math.ceil(share)));
}

/** About how often a client asks until the job has ended. */
const POLLS = 10;
const SHORTEST_POLL_S = 1;
const LONGEST_POLL_S = 30;
