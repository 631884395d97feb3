import { expect, test, vi } from "vitest";
import { addPulls } from "../helpers/github-data.ts";
import { A_YEAR, startMaking } from "../helpers/making.ts";

vi.setConfig({ testTimeout: 30_000 });

const FILES = /^\/repos\/(.+)\/pulls\/(\d+)\/files$/;

test("an unknown user is told as such, at once and without a report", async () => {
  await using making = await startMaking();
  making.reports.worker(making.run);
  const job = await making.make({ ...A_YEAR, login: "nobody" });
  expect(job.failedReason).toBe("GitHub knows no user nobody.");
  expect(job.attemptsMade).toBe(1);
  expect(await making.stored({ ...A_YEAR, login: "nobody" })).toBeUndefined();
});

test("a token that GitHub does not accept fails the job with that reason", async () => {
  await using making = await startMaking({ tokens: ["ghp_old"] });
  making.github.tokens.add("ghp_other");
  making.reports.worker(making.run);
  const job = await making.make();
  expect(job.failedReason).toContain("does not accept the token");
  expect(job.attemptsMade).toBe(1);
});

test("a token that is revoked in the middle is replaced by the next one", async () => {
  await using making = await startMaking({ tokens: ["ghp_first", "ghp_second"] });
  const { github } = making;
  addPulls(github.data, { count: 20 });
  for (const token of ["ghp_first", "ghp_second"]) github.tokens.add(token);
  github.intercept = ({ url }) => {
    if (FILES.test(url.pathname)) github.tokens.delete("ghp_first");
    return undefined;
  };
  making.reports.worker(making.run);
  expect((await making.make()).returnvalue).toEqual({ outcome: "complete" });
  expect(github.asked.at(-1)?.authorization).toBe("Bearer ghp_second");
});

test("the token of whoever asked comes first, and is nowhere in the job", async () => {
  await using making = await startMaking();
  addPulls(making.github.data, { count: 2 });
  making.reports.worker(making.run);
  const credential = await making.secrets.put("gho_canary", 60_000);
  const job = await making.make({ ...A_YEAR, credential });
  expect(job.returnvalue).toEqual({ outcome: "complete" });
  expect(making.github.asked[0]?.authorization).toBe("Bearer gho_canary");
  const { logs } = await making.reports.inspected.getJobLogs(job.id as string);
  expect(JSON.stringify([job.toJSON(), logs])).not.toContain("canary");
});

test("a sign-in that has expired fails the job only where nothing else can be asked with", async () => {
  await using making = await startMaking({ tokens: [] });
  making.reports.worker(making.run);
  const credential = await making.secrets.put("gho_gone", 60_000);
  await making.secrets.forget(credential);
  const job = await making.make({ ...A_YEAR, credential });
  expect(job.failedReason).toContain("Sign in and ask again");
  expect(making.github.asked).toEqual([]);
});

test.each([
  ["403 of the primary limit", 403, { "x-ratelimit-remaining": "0" }, "API rate limit exceeded"],
  ["403 of a secondary limit", 403, { "retry-after": "1" }, "You have exceeded a secondary limit"],
  ["429", 429, { "retry-after": "1" }, "slow down"],
])(
  "a job that meets a %s waits until it is renewed, and uses no attempt",
  async (_, status, headers, message) => {
    await using making = await startMaking();
    const { github, reports } = making;
    addPulls(github.data, { count: 10 });
    const reset = String(Math.ceil(Date.now() / 1_000) + 2);
    let limited = 0;
    github.intercept = ({ url }) => {
      if (!FILES.test(url.pathname) || limited > 0) return undefined;
      limited++;
      return { status, body: { message }, headers: { "x-ratelimit-reset": reset, ...headers } };
    };
    reports.worker(making.run);
    const { id } = await reports.enqueue(A_YEAR);
    await expect
      .poll(async () => (await reports.job(id))?.delay, { timeout: 10_000 })
      .toBeGreaterThan(0);
    const { logs } = await reports.inspected.getJobLogs(id);
    expect(logs.join("\n")).toMatch(/GitHub's limit is used up until \d\d:\d\d UTC/);
    await expect.poll(() => reports.state(id), { timeout: 15_000 }).toBe("completed");
    expect((await reports.job(id))?.attemptsMade).toBe(1);
    expect((await making.stored())?.coverage).toMatchObject({ complete: true, pullsWithFiles: 10 });
  },
);

test("a report that GitHub does not answer fails with that reason, and blames no limit", async () => {
  await using making = await startMaking({ timeoutMs: 100 });
  const { github, reports } = making;
  github.intercept = () => ({ status: 200, body: [], broken: "silent" });
  reports.worker(making.run);
  const asked = ["octocat", "monalisa"].map((login) => reports.enqueue({ ...A_YEAR, login }));
  const ids = (await Promise.all(asked)).map(({ id }) => id);
  const told = async () => {
    const jobs = await Promise.all(ids.map(reports.job));
    return jobs.flatMap((job) => job?.stacktrace ?? []).join("\n");
  };
  await expect.poll(told, { timeout: 20_000 }).toContain("GitHubError: GitHub fails, and");
  const logs = await Promise.all(ids.map((id) => reports.inspected.getJobLogs(id)));
  expect(JSON.stringify(logs)).not.toContain("limit");
});

test.each([
  ["fails", { status: 502, body: { message: "Bad Gateway" } }],
  ["breaks off", { status: 200, body: [], broken: "truncated" as const }],
  ["does not come", { status: 200, body: [], broken: "silent" as const }],
])(
  "where an answer %s the report is partial, says so, and is completed by asking for that alone",
  async (_, reply) => {
    await using making = await startMaking({ timeoutMs: 300 });
    const { github } = making;
    addPulls(github.data, { count: 12 });
    github.intercept = ({ url }) => (FILES.exec(url.pathname)?.[2] === "7" ? reply : undefined);
    making.reports.worker(making.run);
    const job = await making.make();
    expect(job.returnvalue).toMatchObject({ outcome: "partial" });
    expect(job.returnvalue.detail).toContain("1 files: GitHub");
    const partial = await making.stored();
    expect(partial?.coverage).toMatchObject({ complete: false, pullsWithFiles: 11 });
    const pulls = partial?.repositories.flatMap((repository) => repository.pulls);
    expect(pulls?.find(({ number }) => number === 7)).toMatchObject({
      additions: null,
      size: null,
    });
    github.intercept = () => undefined;
    const before = github.asked.length;
    await making.make();
    expect((await making.stored())?.coverage).toMatchObject({ complete: true, missing: [] });
    const files = github.asked.slice(before).filter(({ url }) => FILES.test(url.pathname));
    expect(files.map(({ url }) => FILES.exec(url.pathname)?.[2])).toEqual(["7"]);
  },
);

test("where GitHub does not say how long a secondary limit lasts, the job rests for about a minute", async () => {
  await using making = await startMaking();
  const message = "You have exceeded a secondary rate limit. Please wait a few minutes.";
  making.github.intercept = ({ url }) =>
    url.pathname.startsWith("/search/") ? { status: 403, body: { message } } : undefined;
  making.reports.worker(making.run);
  const { id } = await making.reports.enqueue(A_YEAR);
  await expect
    .poll(async () => (await making.reports.job(id))?.delay, { timeout: 10_000 })
    .toBeGreaterThan(30_000);
  expect((await making.reports.job(id))?.attemptsMade).toBe(0);
  expect(making.github.asked.length).toBeLessThan(10);
});

test.each(["silent", undefined] as const)(
  "a run that takes too long ends at once, whatever it waits for: %s",
  async (broken) => {
    await using making = await startMaking({ retryMs: 60_000 });
    making.github.intercept = ({ url }) =>
      url.pathname.startsWith("/search/")
        ? { status: 500, body: {}, ...(broken && { broken }) }
        : undefined;
    making.reports.worker(making.run, { timeoutMs: 1_000 });
    const job = await making.make();
    expect(job.failedReason).toBe("The report took longer than 1 s.");
    expect(job.attemptsMade).toBe(1);
  },
);

test("a run that has no time left stores what it has, and the next one goes on from there", async () => {
  await using making = await startMaking({ longestMs: 400 });
  const { github } = making;
  addPulls(github.data, { count: 30 });
  let slow = true;
  github.intercept = async ({ url }) => {
    if (slow && FILES.test(url.pathname)) await new Promise((resolve) => setTimeout(resolve, 100));
    return undefined;
  };
  making.reports.worker(making.run);
  const job = await making.make();
  expect(job.returnvalue.detail).toContain("There was no time left to ask for it.");
  const known = (await making.stored())?.coverage.pullsWithFiles ?? 0;
  expect(known).toBeLessThan(30);
  slow = false;
  for (let runs = 0; runs < 5 && (await making.stored())?.coverage.complete !== true; runs++)
    await making.make();
  expect((await making.stored())?.coverage).toMatchObject({ complete: true, pullsWithFiles: 30 });
  const files = github.asked.filter(({ url }) => FILES.test(url.pathname));
  expect(files).toHaveLength(30);
});

test("a partial report replaces no complete one", async () => {
  await using making = await startMaking();
  const { github } = making;
  addPulls(github.data, { count: 5 });
  making.reports.worker(making.run);
  await making.make();
  for (const pull of github.data.pulls) Object.assign(pull, { updatedAt: pull.updatedAt + 1_000 });
  github.intercept = ({ url }) =>
    FILES.test(url.pathname) ? { status: 500, body: {} } : undefined;
  const job = await making.make();
  expect(job.returnvalue.detail).toContain("more complete and stays");
  expect((await making.stored())?.coverage).toMatchObject({ complete: true, pullsWithFiles: 5 });
});

test("a GitHub that is away is tried again, and then told as such", async () => {
  await using making = await startMaking();
  making.github.intercept = () => ({ status: 503, body: {} });
  making.reports.worker(making.run);
  const { id } = await making.reports.enqueue(A_YEAR);
  await expect
    .poll(async () => (await making.reports.job(id))?.attemptsMade, { timeout: 10_000 })
    .toBe(1);
  expect(await making.reports.state(id)).toBe("delayed");
  expect((await making.reports.job(id))?.failedReason).toBe("GitHub answered 503.");
});

test("a partial report is asked for again after ten minutes, then after twice as long, until it is complete or has been often enough", async () => {
  await using making = await startMaking();
  const { github, followUps } = making;
  addPulls(github.data, { count: 2 });
  github.intercept = ({ url }) =>
    FILES.test(url.pathname) ? { status: 500, body: {} } : undefined;
  making.reports.worker(making.run);
  await making.make({ ...A_YEAR, login: "OctoCat" });
  for (const minutes of [10, 20, 40]) {
    making.move((minutes - 1) * 60_000);
    expect(await followUps.due()).toEqual([]);
    making.move(60_000);
    expect(await followUps.due()).toEqual([A_YEAR]);
    // Nobody else gets it at the same time.
    expect(await followUps.due()).toEqual([]);
    await making.make();
  }
  github.intercept = () => undefined;
  expect((await making.make()).returnvalue).toEqual({ outcome: "complete" });
  making.move(86_400_000);
  expect(await followUps.due()).toEqual([]);
  github.intercept = ({ url }) =>
    url.pathname.endsWith("/social_accounts") ? { status: 500, body: {} } : undefined;
  for (let times = 1; times <= 6; times++) {
    await making.make();
    making.move(86_400_000);
    expect(await followUps.due()).toEqual(times <= 5 ? [A_YEAR] : []);
  }
});
