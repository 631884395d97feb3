/** Stored reports as pages need them, and where the report of a job will be. */
import type { JobPayloads } from "../../queues/jobs.ts";
import { PERIODS } from "../../reports/chosen-period.ts";
import { periodName } from "../../reports/period.ts";
import type { ReportStore } from "../../reports/store.ts";
import { apiPath } from "./act.ts";
import type { ReportSource } from "./source.ts";
import { viewOf } from "./view-of.ts";

export function createStoredReports(
  store: Pick<ReportStore, "read" | "forget">,
  now: () => number,
): ReportSource {
  return {
    async find(login, period) {
      const report = await store.read({ login, period: periodName(period, now()), stars: true });
      if (report === undefined) return undefined;
      const { madeAt, coverage } = report;
      return { view: viewOf(report, period), report, madeAt, complete: coverage.complete };
    },
    forget: (login) => store.forget(login),
  };
}

/** Path of the report that a job makes, for programs. */
export function resultPath({ login, since, until }: JobPayloads["report"], now: number): string {
  return apiPath(login.toLowerCase()) + queryOf({ since, until }, now);
}

function queryOf(days: { readonly since: string; readonly until: string }, now: number): string {
  const name = periodName(days, now);
  if (name === "1_year") return "";
  return name in PERIODS ? `?period=${name}` : `?since=${days.since}&until=${days.until}`;
}
