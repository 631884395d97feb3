import { expect, test } from "vitest";
import { createStoredReports, resultPath } from "../../../src/http/reports/stored.ts";
import { named } from "../../../src/reports/chosen-period.ts";
import type { Report } from "../../../src/reports/report.ts";
import { createReportStore } from "../../../src/reports/store.ts";
import { startReports } from "../../helpers/reports.ts";
import { storedReport } from "./reports.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const YEAR = named("1_year", NOW);
const KEY = { login: "octocat", period: "1_year", stars: true };

/** Reports as a worker stores them, and how often they were read since. */
async function startStored() {
  const jobs = await startReports();
  const store = createReportStore(jobs.client);
  const pending: Report[] = [];
  jobs.worker(async (_, { fence }) => {
    await store.write(KEY, pending.shift() as Report, fence);
    return { outcome: "complete" };
  });
  let reads = 0;
  const read: typeof store.read = (key) => {
    reads++;
    return store.read(key);
  };
  return {
    source: createStoredReports({ ...store, read }, () => NOW),
    reads: () => reads,
    async write(report: Report) {
      pending.push(report);
      const payload = { login: "octocat", since: YEAR.since, until: YEAR.until };
      const { id } = await jobs.enqueue({ ...payload, starIncrease: true });
      await expect.poll(() => jobs.state(id)).toBe("completed");
    },
    [Symbol.asyncDispose]: () => jobs[Symbol.asyncDispose](),
  };
}

test("a report is read once, until there is a newer one or none", async () => {
  await using world = await startStored();
  const { source, reads, write } = world;
  expect(await source.find("octocat", YEAR)).toBeUndefined();
  await write(storedReport("octocat", { madeAt: NOW - 2_000 }));
  const first = await source.find("octocat", YEAR);
  expect(first).toMatchObject({ madeAt: NOW - 2_000, complete: true, view: { login: "octocat" } });
  expect(await source.find("octocat", YEAR)).toBe(first);
  expect(reads()).toBe(1);
  await write(storedReport("octocat", { madeAt: NOW - 1_000 }));
  expect(await source.find("octocat", YEAR)).toMatchObject({ madeAt: NOW - 1_000 });
  expect(reads()).toBe(2);
  await source.forget("octocat");
  expect(await source.find("octocat", YEAR)).toBeUndefined();
});

test("days that are a period with a name are the same report, in their own words", async () => {
  await using world = await startStored();
  await world.write(storedReport("octocat", { madeAt: NOW }));
  const days = { ...YEAR, name: "custom", text: "two days", query: "?since" } as const;
  expect(await world.source.find("octocat", YEAR)).toMatchObject({
    view: { periodText: YEAR.text },
  });
  expect(await world.source.find("octocat", days)).toMatchObject({
    view: { periodText: "two days" },
  });
});

test.each([
  [{ since: YEAR.since, until: YEAR.until }, "/api/reports/github/octocat"],
  [{ since: "all", until: YEAR.until }, "/api/reports/github/octocat?period=all_time"],
  [
    { since: "2025-01-01", until: "2025-03-31" },
    "/api/reports/github/octocat?since=2025-01-01&until=2025-03-31",
  ],
])("the report of a job about %j will be at %s", (days, path) => {
  expect(resultPath({ login: "Octocat", ...days, starIncrease: true }, NOW)).toBe(path);
});
