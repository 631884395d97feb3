import { UnrecoverableError } from "bullmq";
import { expect, test, vi } from "vitest";
import type { RefreshOutcome } from "../../src/queues/jobs.ts";
import { NeverRetry, RetryAt } from "../../src/queues/retry.ts";
import { gate, payload, startJobs } from "../helpers/jobs.ts";

const STORED: RefreshOutcome = { outcome: "stored" };

test("a job's payload reaches the work, and its outcome is the job's result and one log line", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue();
  const seen: unknown[] = [];
  jobs.worker(async (given) => {
    seen.push(given);
    return { outcome: "kept", detail: "too small, see /a?s3cret" };
  });
  const wanted = payload();
  const { jobId } = await queue.enqueue(wanted);
  await expect.poll(() => jobs.state(jobId)).toBe("completed");
  expect(seen).toEqual([wanted]);
  const outcome = { outcome: "kept", detail: "too small, see /a?…" };
  expect((await jobs.job(jobId))?.returnvalue).toEqual(outcome);
  const written = jobs.lines.filter(({ id }) => id === jobId);
  const facts = { job: "refresh", attempts: 1, durationMs: expect.any(Number), ...outcome };
  expect(written).toMatchObject([{ level: "info", ...facts }]);
});

test("log lines and progress are on the job, without query strings and credentials", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue();
  jobs.worker(async (_payload, { log, progress }) => {
    progress({ step: "asking the source" });
    log("GET /a?s3cret with Bearer s3cret");
    log("x".repeat(1_000));
    progress(100);
    return STORED;
  });
  const { jobId } = await queue.enqueue(payload());
  await expect.poll(() => jobs.state(jobId)).toBe("completed");
  expect((await jobs.job(jobId))?.progress).toBe(100);
  const { logs } = await jobs.inspected.getJobLogs(jobId);
  expect(logs).toHaveLength(2);
  expect(logs[0]).toMatch(/Z GET \/a\?… with Bearer \[redacted\]$/);
  expect(logs[1]).toHaveLength(300);
});

test("small steps of progress are not all written, the last one is", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue();
  jobs.worker(async (_payload, { progress }) => {
    for (let percent = 0; percent <= 100; percent++) progress(percent);
    return STORED;
  });
  const { jobId } = await queue.enqueue(payload());
  await expect.poll(() => jobs.state(jobId)).toBe("completed");
  expect((await jobs.job(jobId))?.progress).toBe(100);
  const events = await jobs.patient().xrange(jobs.inspected.keys.events as string, "-", "+");
  expect(events.filter(([, fields]) => fields.includes("progress")).length).toBeLessThan(20);
});

test("work that throws is tried again with growing waits until its attempts are used", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue({ attempts: 3, backoffMs: 20 });
  let runs = 0;
  jobs.worker(async () => {
    runs += 1;
    throw new Error(`no answer from http://user:s3cret@host/a?s3cret`);
  });
  const { jobId } = await queue.enqueue(payload());
  await expect.poll(() => jobs.state(jobId)).toBe("failed");
  expect(runs).toBe(3);
  const job = await jobs.job(jobId);
  expect(job?.failedReason).toBe("no answer from http://[redacted]@host/a?…");
  expect(JSON.stringify([job, jobs.lines])).not.toContain("s3cret");
  const written = jobs.lines.filter(({ id }) => id === jobId);
  expect(written.map(({ outcome }) => outcome)).toEqual(["retry", "retry", "failed"]);
  const [first, second] = written.map(({ delayMs }) => delayMs as number);
  expect(first).toBeLessThanOrEqual(20);
  expect(second).toBeLessThanOrEqual(40);
});

test.each([
  ["NeverRetry", () => new NeverRetry("no such route, asked for /a?s3cret")],
  [
    "BullMQ's own UnrecoverableError",
    () => new UnrecoverableError("no such route, asked for /a?s3cret"),
  ],
])("work that throws %s is not tried again", async (_name, make) => {
  await using jobs = await startJobs();
  const queue = await jobs.queue({ attempts: 5, backoffMs: 1 });
  let runs = 0;
  jobs.worker(async () => {
    runs += 1;
    throw make();
  });
  const { jobId } = await queue.enqueue(payload());
  await expect.poll(() => jobs.state(jobId)).toBe("failed");
  expect(runs).toBe(1);
  expect((await jobs.job(jobId))?.failedReason).toBe("no such route, asked for /a?…");
});

test.each([
  ["of another form", { login: "octocat" }],
  ["that is too large", { route: "r", key: "k".repeat(70_000) }],
])(
  "a payload %s that another hand put on the queue fails at once and never reaches the work",
  async (_what, data) => {
    await using jobs = await startJobs();
    let runs = 0;
    jobs.worker(async () => {
      runs += 1;
      return STORED;
    });
    const job = await jobs.inspected.add("refresh", data, { attempts: 5 });
    await expect.poll(() => jobs.state(job.id as string)).toBe("failed");
    expect(runs).toBe(0);
    expect((await jobs.job(job.id as string))?.failedReason).toContain("payload");
  },
);

test("a job told to come back later runs again after that instant and has used no attempt", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue({ attempts: 1 });
  const runsAt: number[] = [];
  let backAt = 0;
  jobs.worker(async () => {
    runsAt.push(Date.now());
    if (runsAt.length > 1) return STORED;
    backAt = Date.now() + 1_200;
    throw new RetryAt(backAt);
  });
  const { jobId } = await queue.enqueue(payload());
  await expect.poll(() => jobs.state(jobId)).toBe("delayed");
  expect((await jobs.job(jobId))?.attemptsMade).toBe(0);
  expect((await jobs.inspected.getJobLogs(jobId)).logs[0]).toContain("Next run at");
  await expect.poll(() => jobs.state(jobId), { timeout: 10_000 }).toBe("completed");
  expect(runsAt).toHaveLength(2);
  expect(runsAt[1]).toBeGreaterThanOrEqual(backAt);
});

test("a job told to come back in a year comes back in an hour, and holds up no other job", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue();
  jobs.worker(async ({ route }) => {
    if (route === "limited") throw new RetryAt(Date.now() + 365 * 24 * 3_600_000);
    return STORED;
  });
  const limited = await queue.enqueue({ ...payload(), route: "limited" });
  await expect.poll(() => jobs.state(limited.jobId)).toBe("delayed");
  const job = await jobs.job(limited.jobId);
  expect(job?.delay).toBeGreaterThan(3_590_000);
  expect(job?.delay).toBeLessThanOrEqual(3_600_000);
  const other = await queue.enqueue(payload());
  await expect.poll(() => jobs.state(other.jobId)).toBe("completed");
  expect(jobs.lines).toContainEqual(
    expect.objectContaining({ id: limited.jobId, outcome: "delayed", attempts: 0 }),
  );
});

test("no more jobs run at a time than the worker's concurrency", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue();
  const end = gate();
  let running = 0;
  let most = 0;
  jobs.worker(
    async () => {
      running += 1;
      most = Math.max(most, running);
      await end.opened;
      running -= 1;
      return STORED;
    },
    { concurrency: 2 },
  );
  for (let i = 0; i < 6; i++) await queue.enqueue(payload());
  await vi.waitFor(() => expect(running).toBe(2));
  end.open();
  await expect.poll(() => jobs.inspected.getJobCounts("completed")).toEqual({ completed: 6 });
  expect(most).toBe(2);
});
