/** Stored reports as pages need them, and where the report of a job will be. */
import { LRUCache } from "lru-cache";
import type { JobPayloads } from "../../queues/jobs.ts";
import { PERIODS } from "../../reports/chosen-period.ts";
import { periodName } from "../../reports/period.ts";
import type { ReportStore } from "../../reports/store.ts";
import { apiPath } from "./act.ts";
import type { FoundReport, ReportSource } from "./source.ts";
import { viewOf } from "./view-of.ts";

/** So many pull requests are kept in memory, with the pages that were made of them: some kilobytes each. */
const KEPT_PULLS = 10_000;

/** A report that was read before is not read again while the store has no newer one. */
export function createStoredReports(
  store: Pick<ReportStore, "read" | "meta" | "forget">,
  now: () => number,
): ReportSource {
  const kept = new LRUCache<string, FoundReport>({ maxSize: KEPT_PULLS });
  return {
    async find(login, period) {
      const key = { login, period: periodName(period, now()), stars: true };
      const meta = await store.meta(key);
      if (meta === undefined) return undefined;
      const name = `${login} ${key.period} ${period.text}`;
      const known = kept.get(name);
      if (known?.madeAt === meta.madeAt) return known;
      const report = await store.read(key);
      if (report === undefined) return undefined;
      const { madeAt, coverage, totals } = report;
      const view = viewOf(report, period);
      const found = { view, report, madeAt, complete: coverage.complete };
      kept.set(name, found, { size: totals.pulls + 10 });
      return found;
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
