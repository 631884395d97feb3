/** The job of a report, for those who wait for it. */
import type { JobPayloads } from "../../queues/jobs.ts";
import { hasEnded, type JobStatus } from "../../queues/status.ts";
import type { JobWatcher } from "../../queues/watch.ts";
import { jobIdOf, jobPath } from "../jobs-document.ts";
import type { Progress } from "../pages/report/waiting.ts";

export interface ReportJobs {
  /** The one that is queued or running for this report; undefined also while the queue is away. */
  running(payload: JobPayloads["report"]): Promise<JobStatus | undefined>;
  /** The one that a page was opened for, in whatever state. */
  named(id: unknown): Promise<JobStatus | undefined>;
}

/** `find`: the id of the job with the same work. */
export function createReportJobs(
  find: (payload: JobPayloads["report"]) => Promise<string | undefined>,
  watcher: Pick<JobWatcher, "snapshot">,
): ReportJobs {
  const look = async (id: string | undefined) =>
    id === undefined ? undefined : watcher.snapshot("report", id);
  return {
    async running(payload) {
      const status = await find(payload)
        .then(look)
        .catch(() => undefined);
      return status === undefined || hasEnded(status) ? undefined : status;
    },
    async named(id) {
      const known = typeof id === "string" ? jobIdOf(jobPath(id)) : undefined;
      return look(known === "elsewhere" ? undefined : known).catch(() => undefined);
    },
  };
}

/** What a job does, in words, as the page's script says it too. */
export function progressOf(job: JobStatus): Progress {
  const { percent } = job.progress ?? {};
  return { jobPath: jobPath(job.id), text: textOf(job), ...(percent !== undefined && { percent }) };
}

function textOf({ state, position, reason, progress }: JobStatus): string {
  if (state === "queued") return `Waiting: ${position} before it.`;
  if (state === "waiting") return "Waiting for a worker.";
  return (state === "delayed" ? reason : stepOf(progress)) ?? "Working.";
}

/** `Reading changed files: 3 of 12.` */
function stepOf({ step, counts }: JobStatus["progress"] = {}): string | undefined {
  const { done, of } = counts ?? {};
  return step === undefined || of === undefined ? step : `${step}: ${done} of ${of}.`;
}

/** Why a job gave no report; undefined when it may yet, or did. */
export function failureOf(job: JobStatus | undefined): string | undefined {
  if (job?.state !== "failed" && job?.state !== "cancelled") return undefined;
  return job.reason ?? "It failed.";
}
