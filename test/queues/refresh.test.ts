import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { PayloadError } from "../../src/queues/jobs.ts";
import { createRefreshQueue, EnqueueError } from "../../src/queues/refresh.ts";
import { gate, payload, startJobs } from "../helpers/jobs.ts";
import { startRedis } from "../helpers/redis.ts";

test("200 simultaneous requests for one key over 4 connections make one job", async () => {
  await using jobs = await startJobs();
  const connections = [1, 2, 3, 4].map(() => jobs.impatient());
  await Promise.all(connections.map((connection) => once(connection, "ready")));
  const queues = await Promise.all(
    connections.flatMap((connection) =>
      Array.from({ length: 50 }, () => jobs.queue({ connection })),
    ),
  );
  const wanted = payload();
  const answers = await Promise.all(queues.map((queue) => queue.enqueue(wanted)));
  expect(answers).toHaveLength(200);
  expect(answers.filter(({ joined }) => !joined)).toHaveLength(1);
  expect(new Set(answers.map(({ jobId }) => jobId)).size).toBe(1);
  expect(await jobs.inspected.getJobCounts()).toMatchObject({ waiting: 1, delayed: 0 });
});

test("routes and keys that read the same when joined make two jobs", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue();
  await queue.enqueue({ route: "a:b", key: "c" });
  expect(await queue.enqueue({ route: "a", key: "b:c" })).toMatchObject({ joined: false });
});

test("1,000 requests for one key in a row ask Redis once", async () => {
  await using redis = await startRedis();
  await using jobs = await startJobs({ url: redis.url });
  const queue = await jobs.queue({ rememberMs: 60_000 });
  const wanted = payload();
  const first = await queue.enqueue(wanted);
  expect(first.joined).toBe(false);
  const commands = async () => {
    const stats = await jobs.patient().info("commandstats");
    const calls = [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)];
    return calls.reduce((sum, [, count]) => sum + Number(count), 0);
  };
  const before = await commands();
  expect(before).toBeGreaterThan(0);
  for (let i = 0; i < 1_000; i++) {
    expect(await queue.enqueue(wanted)).toEqual({ jobId: first.jobId, joined: true });
  }
  expect(await commands()).toBe(before);
});

test("what was just added is remembered for a moment only", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue({ rememberMs: 50 });
  jobs.worker(async () => ({ outcome: "stored" }));
  const wanted = payload();
  const first = await queue.enqueue(wanted);
  await expect.poll(() => jobs.state(first.jobId)).toBe("completed");
  await expect.poll(() => queue.enqueue(wanted)).toMatchObject({ joined: false });
});

test("a key may be asked for again as soon as its job is done", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue();
  jobs.worker(async () => ({ outcome: "stored" }));
  const wanted = payload();
  const first = await queue.enqueue(wanted);
  await expect.poll(() => jobs.state(first.jobId)).toBe("completed");
  const second = await queue.enqueue(wanted);
  expect(second).toMatchObject({ joined: false });
  expect(second.jobId).not.toBe(first.jobId);
  await expect.poll(() => jobs.state(second.jobId)).toBe("completed");
});

test("a key may be asked for again as soon as its job has failed", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue({ attempts: 1 });
  jobs.worker(async () => {
    throw new Error("no");
  });
  const wanted = payload();
  const first = await queue.enqueue(wanted);
  await expect.poll(() => jobs.state(first.jobId)).toBe("failed");
  expect(await queue.enqueue(wanted)).toMatchObject({ joined: false });
});

test.each([
  ["runs", "active"],
  ["waits for its next attempt", "delayed"],
] as const)("a request joins the job that %s", async (_what, state) => {
  await using jobs = await startJobs();
  const queue = await jobs.queue({ backoffMs: 60_000 });
  const end = gate();
  jobs.worker(async () => {
    if (state === "delayed") throw new Error("no");
    await end.opened;
    return { outcome: "stored" };
  });
  const wanted = payload();
  const { jobId } = await queue.enqueue(wanted);
  await expect.poll(() => jobs.state(jobId)).toBe(state);
  expect(await queue.enqueue(wanted)).toEqual({ jobId, joined: true });
  end.open();
});

test("a job carries its attempts, its backoff and the bounds of its retention", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue({ attempts: 5, backoffMs: 70 });
  const { jobId } = await queue.enqueue(payload(), { priority: 4, delayMs: 60_000 });
  const job = await jobs.job(jobId);
  expect(job?.opts).toMatchObject({
    attempts: 5,
    backoff: { type: "exponential", delay: 70, jitter: expect.any(Number) },
    removeOnComplete: { age: expect.any(Number), count: expect.any(Number) },
    removeOnFail: { age: expect.any(Number), count: expect.any(Number) },
    priority: 4,
    delay: 60_000,
  });
  expect(await jobs.state(jobId)).toBe("delayed");
});

test.each([
  ["too large", { route: "r", key: "k".repeat(70_000) }],
  ["not valid", { route: "", key: "k" }],
])("a payload that is %s is refused and leaves no job", async (_what, wrong) => {
  await using jobs = await startJobs();
  const queue = await jobs.queue();
  await expect(queue.enqueue(wrong)).rejects.toThrow(PayloadError);
  expect(await jobs.inspected.getJobCounts()).toMatchObject({ waiting: 0 });
});

test("with Redis gone a request fails, and works again when Redis is back", async () => {
  await using redis = await startRedis();
  await using jobs = await startJobs({ url: redis.url });
  const queue = await jobs.queue();
  await redis.kill();
  await expect(queue.enqueue(payload())).rejects.toThrow(EnqueueError);
  await redis.restart();
  await vi.waitFor(() => queue.enqueue(payload()), { timeout: 10_000 });
});

test("with Redis away from the start a request fails, and works as soon as Redis is there", async () => {
  await using redis = await startRedis();
  await redis.kill();
  await using jobs = await startJobs({ url: redis.url });
  const queue = createRefreshQueue({ connection: jobs.impatient(), logger: jobs.logger });
  await expect(queue.enqueue(payload())).rejects.toThrow(EnqueueError);
  await redis.restart();
  await vi.waitFor(() => queue.enqueue(payload()), { timeout: 10_000 });
  await queue.close();
});

test("with Redis frozen a request gives up, the next ones fail at once, and it works again after the thaw", async () => {
  await using redis = await startRedis();
  await using jobs = await startJobs({ url: redis.url });
  const queue = await jobs.queue({ limitMs: 250 });
  await queue.enqueue(payload());
  redis.freeze();
  await expect(queue.enqueue(payload())).rejects.toThrow("did not answer in time");
  const others = Array.from({ length: 100 }, () => queue.enqueue(payload()));
  for (const { reason } of (await Promise.allSettled(others)) as PromiseRejectedResult[]) {
    expect(reason).toMatchObject({
      name: "EnqueueError",
      message: expect.stringMatching(/a moment ago/),
    });
  }
  redis.thaw();
  await vi.waitFor(() => queue.enqueue(payload()), { timeout: 10_000 });
});

test("a failed request is not remembered", async () => {
  await using redis = await startRedis();
  await using jobs = await startJobs({ url: redis.url });
  const queue = await jobs.queue({ rememberMs: 60_000 });
  const wanted = payload();
  await redis.kill();
  await expect(queue.enqueue(wanted)).rejects.toThrow(EnqueueError);
  await redis.restart();
  const enqueued = await vi.waitFor(() => queue.enqueue(wanted), { timeout: 10_000 });
  expect(enqueued.joined).toBe(false);
});
