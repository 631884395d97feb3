/** What there is to show of a report, before anybody has decided how. */
import type { JobStatus } from "../../queues/status.ts";
import type { OptOuts } from "../../reports/opt-out.ts";
import { failureOf, type ReportJobs } from "./job.ts";
import type { FoundReport, ReportSource } from "./source.ts";
import { payloadOf } from "./start.ts";
import type { Subject } from "./subject.ts";

export interface LookOptions {
  readonly reports: Pick<ReportSource, "find">;
  readonly optOuts: Pick<OptOuts, "has">;
  readonly jobs: ReportJobs;
  /** Age from which a report is worth making anew. */
  readonly staleAfterMs: number;
  readonly now: () => number;
}

export type Look =
  | { readonly is: "opted-out" }
  | {
      readonly is: "stored";
      readonly report: FoundReport;
      readonly stale: boolean;
      /** A newer one is being made. */
      readonly job: JobStatus | undefined;
      /** Why the newest attempt gave none. */
      readonly failure: string | undefined;
    }
  | { readonly is: "making"; readonly job: JobStatus }
  | { readonly is: "none"; readonly failure: string | undefined };

/**
 * Has no effects and asks nobody but the store. `named`: id of the job that the page was opened for. A stored report that is new enough is shown without
 * asking about jobs, unless one is named or `thorough`.
 */
export function createLook({ reports, optOuts, jobs, staleAfterMs, now }: LookOptions) {
  return async (subject: Subject, named?: unknown, thorough = false): Promise<Look> => {
    const [optedOut, report] = await Promise.all([
      optOuts.has(subject.login),
      reports.find(subject.login, subject.period),
    ]);
    if (optedOut) return { is: "opted-out" };
    const stale = report !== undefined && now() - report.madeAt >= staleAfterMs;
    const isSettled = report?.complete === true && !stale && !thorough && named === undefined;
    const made = isSettled ? NOT_MAKING : await making(jobs, subject, named);
    if (report !== undefined) return { is: "stored", report, stale, ...made };
    const { job, failure } = made;
    return job === undefined ? { is: "none", failure } : { is: "making", job };
  };
}

interface Making {
  readonly job: JobStatus | undefined;
  readonly failure: string | undefined;
}

const NOT_MAKING: Making = { job: undefined, failure: undefined };

async function making(jobs: ReportJobs, subject: Subject, named: unknown): Promise<Making> {
  const [job, ended] = await Promise.all([
    jobs.running(payloadOf(subject)),
    named === undefined ? undefined : jobs.named(named),
  ]);
  return { job, failure: job === undefined ? failureOf(ended) : undefined };
}
