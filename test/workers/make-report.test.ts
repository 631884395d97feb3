import { expect, test, vi } from "vitest";
import { addPull, addPulls } from "../helpers/github-data.ts";
import { A_YEAR, startMaking, TODAY, yearsAgo } from "../helpers/making.ts";

vi.setConfig({ testTimeout: 30_000 });

test("a report holds everything that GitHub tells of a user and a period, and says that nothing is missing", async () => {
  await using making = await startMaking();
  const { github, reports } = making;
  addPulls(github.data, { count: 40, repositories: 4 });
  github.data.social.set("octocat", [{ provider: "mastodon", url: "https://example.org/@o" }]);
  reports.worker(making.run);
  const job = await making.make({ ...A_YEAR, login: "OctoCat", starIncrease: true });
  expect(job.returnvalue).toEqual({ outcome: "complete" });
  const report = await making.stored({ ...A_YEAR, starIncrease: true });
  expect(report).toMatchObject({
    login: "octocat",
    totals: { pulls: 40, merged: 30, open: 10, closed: 0, repositories: 4, reviewed: 7, issues: 4 },
    coverage: { complete: true, missing: [], pullsWithFiles: 40 },
  });
  expect(report?.totals.additions).toBe(40 + (39 * 40) / 2);
  expect(report?.languages.map(({ name }) => name)).toEqual(["Markdown", "TypeScript"]);
  expect(report?.totals.stars?.count).toBe(4);
  expect(report?.profile.social).toHaveLength(1);
  expect(JSON.stringify(job.progress)).toContain('"step":"Done","progress":100');
  const { logs } = await reports.inspected.getJobLogs(job.id as string);
  expect(logs.join("\n")).toContain("40 pull requests in 4 repositories, complete");
});

test("every question says is:public, and every one carries the token", async () => {
  await using making = await startMaking();
  addPulls(making.github.data, { count: 3 });
  addPull(making.github.data, {
    repository: "octocat/hidden",
    number: 1_000,
    createdAt: Date.now() - 86_400_000,
    ...{ isPrivate: true },
  });
  making.reports.worker(making.run);
  await making.make();
  expect((await making.stored())?.totals.pulls).toBe(3);
  const searches = making.github.asked.filter(({ url }) => url.pathname === "/search/issues");
  expect(searches.length).toBeGreaterThan(2);
  for (const { url } of searches) expect(url.searchParams.get("q")).toContain("is:public");
  expect(new Set(making.github.asked.map(({ authorization }) => authorization))).toEqual(
    new Set(["Bearer ghp_ours"]),
  );
});

test("a report over a period that contains another one's costs under half of what that one did", async () => {
  await using making = await startMaking();
  addPulls(making.github.data, { count: 100, stepMs: 3 * 86_400_000 });
  making.reports.worker(making.run);
  await making.make();
  const first = making.github.counted();
  const two = { ...A_YEAR, since: yearsAgo(2) };
  await making.make(two);
  const second = making.github.counted() - first;
  expect((await making.stored(two, "2_years"))?.totals.pulls).toBe(100);
  expect(first).toBeGreaterThan(100);
  expect(second).toBeLessThan(first / 2);
  // The same once more: only what may have changed is asked, and most of it has not.
  await making.make();
  expect(making.github.counted() - first - second).toBeLessThan(20);
});

test("what GitHub leaves empty, has moved, has lost or cuts off is in the report as such", async () => {
  await using making = await startMaking();
  const { data } = making.github;
  const at = Date.now() - 86_400_000;
  const file = { additions: 1, deletions: 0 };
  const files = Array.from({ length: 3_200 }, (_, i) => ({ filename: `f${i}.py`, ...file }));
  addPull(data, { repository: "old/name", number: 1, createdAt: at, files: [] });
  addPull(data, { repository: "big/one", number: 2, createdAt: at, files });
  addPull(data, {
    repository: "big/one",
    number: 3,
    createdAt: at,
    author: null,
    foundBy: "octocat",
  });
  data.repositories.set("old/name", { description: null, starredAt: [], movedTo: "new/name" });
  data.repositories.set("new/name", { description: null, starredAt: [] });
  Object.assign(data.users.get("octocat") as object, { name: null, company: null, bio: null });
  making.reports.worker(making.run);
  expect((await making.make()).returnvalue).toEqual({ outcome: "complete" });
  const report = await making.stored();
  const pulls = report?.repositories.flatMap((repository) => repository.pulls) ?? [];
  expect(pulls.find(({ number }) => number === 2)).toMatchObject({
    capped: true,
    changedFiles: 3_000,
  });
  expect(pulls.find(({ number }) => number === 3)?.author).toBeNull();
  expect(report?.profile).toMatchObject({ name: null, company: null, bio: null });
  expect(report?.repositories.find(({ name }) => name === "old/name")).toMatchObject({
    url: "https://github.com/new/name",
    description: null,
  });
});

test("nobody's report is made who does not wish it, and GitHub is not asked", async () => {
  await using making = await startMaking();
  await making.optOuts.add("OctoCat");
  making.reports.worker(making.run);
  const job = await making.make({ ...A_YEAR, until: TODAY });
  expect(job.failedReason).toBe("There are no reports about this user.");
  expect(job.attemptsMade).toBe(1);
  expect(making.github.asked).toEqual([]);
});

test("whoever opts out while a report is being made has none afterwards", async () => {
  await using making = await startMaking();
  const { github, optOuts, store } = making;
  addPulls(github.data, { count: 3 });
  github.intercept = async ({ url }) => {
    if (url.pathname.startsWith("/search/")) await optOuts.add("octocat");
    return undefined;
  };
  making.reports.worker(making.run);
  const job = await making.make();
  expect(job.failedReason).toBe("There are no reports about this user.");
  expect(await store.meta({ login: "octocat", period: "1_year", stars: false })).toBeUndefined();
});
