import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { WatchError } from "../../src/queues/read-job.ts";
import { NeverRetry, RetryAt } from "../../src/queues/retry.ts";
import type { JobStatus } from "../../src/queues/status.ts";
import {
  createJobWatcher,
  type JobWatcherOptions,
  type WatchEvent,
} from "../../src/queues/watch.ts";
import { gate, payload, startJobs } from "../helpers/jobs.ts";
import { startRedis } from "../helpers/redis.ts";

async function startWatching(options: Partial<JobWatcherOptions> & { readonly url?: string } = {}) {
  const { url, ...more } = options;
  const jobs = await startJobs(url === undefined ? {} : { url });
  const connection = jobs.impatient();
  await once(connection, "ready");
  const queue = await jobs.queue({ attempts: 2, backoffMs: 60_000 });
  let opened = 0;
  const watcher = createJobWatcher({
    connection,
    patient: () => {
      opened += 1;
      return jobs.patient();
    },
    logger: jobs.logger,
    ...more,
  });
  return {
    jobs,
    queue,
    watcher,
    opened: () => opened,
    /** Everything that a watcher of this job is told. */
    watch(id: string) {
      const events: WatchEvent[] = [];
      const stop = watcher.subscribe("refresh", id, (event) => void events.push(event));
      const states = () =>
        events.map((event) => (event.type === "gone" ? "gone" : event.status.state));
      return { events, states, stop };
    },
    snapshot: (id: string) => watcher.snapshot("refresh", id) as Promise<JobStatus>,
    async [Symbol.asyncDispose]() {
      await watcher.close();
      await jobs[Symbol.asyncDispose]();
    },
  };
}

test("whoever watches is told of a job as it is, of every step, and of its end", async () => {
  await using world = await startWatching({ lookMs: 60_000 });
  const { jobId } = await world.queue.enqueue(payload());
  const seen = world.watch(jobId);
  await vi.waitFor(() => expect(seen.states()).toEqual(["waiting"]));
  const middle = gate();
  world.jobs.worker(async (_, { progress }) => {
    progress({ step: "asking the source" });
    await middle.opened;
    return { outcome: "stored", detail: "GET /a?token=s3cret" };
  });
  await vi.waitFor(() =>
    expect(seen.events.at(-1)).toMatchObject({
      status: { state: "active", attempt: 1, progress: { step: "asking the source" } },
    }),
  );
  middle.open();
  await vi.waitFor(() => expect(seen.states().at(-1)).toBe("completed"));
  expect(seen.events.at(-1)).toMatchObject({
    status: { attempt: 1, mostAttempts: 2, outcome: "stored", detail: "GET /a?…" },
  });
  const { startedAt = 0, createdAt, finishedAt = 0 } = await world.snapshot(jobId);
  expect(createdAt).toBeLessThanOrEqual(startedAt);
  expect(startedAt).toBeLessThanOrEqual(finishedAt);
});

test("two hundred watchers of one job cost one reader of events, and all are told", async () => {
  await using world = await startWatching({ lookMs: 60_000 });
  const { jobId } = await world.queue.enqueue(payload());
  const watchers = Array.from({ length: 200 }, () => world.watch(jobId));
  world.jobs.worker(async () => ({ outcome: "stored" }));
  await vi.waitFor(() => {
    for (const { states } of watchers) expect(states().at(-1)).toBe("completed");
  });
  expect(world.opened()).toBe(1);
});

test("a delayed job tells why and until when, by what its source asked", async () => {
  await using world = await startWatching();
  const at = Date.now() + 600_000;
  world.jobs.worker(async () => {
    throw new RetryAt(at, "GitHub's rate limit is spent.");
  });
  const { jobId } = await world.queue.enqueue(payload());
  await vi.waitFor(async () => expect((await world.snapshot(jobId)).state).toBe("delayed"));
  const status = await world.snapshot(jobId);
  expect(status).toMatchObject({ reason: "GitHub's rate limit is spent.", attempt: 0 });
  expect(status.nextRunAt).toBeGreaterThanOrEqual(at - 1_000);
  expect(status.nextRunAt).toBeLessThan(at + 120_000);
});

test("a job that waits for its second run says so, without telling of the inside", async () => {
  await using world = await startWatching();
  world.jobs.worker(async () => {
    throw new Error("connect ECONNREFUSED 10.1.2.3:6379");
  });
  const { jobId } = await world.queue.enqueue(payload());
  await vi.waitFor(async () => expect((await world.snapshot(jobId)).state).toBe("delayed"));
  const { reason, nextRunAt = 0, attempt } = await world.snapshot(jobId);
  expect(reason).toMatch(/^The last run failed\. .*operators/);
  expect(attempt).toBe(1);
  expect(nextRunAt).toBeGreaterThan(Date.now());
});

test("a job that must not be tried again tells its reason", async () => {
  await using world = await startWatching();
  world.jobs.worker(async () => {
    throw new NeverRetry("GitHub knows no user of this name.");
  });
  const { jobId } = await world.queue.enqueue(payload());
  await vi.waitFor(async () => expect((await world.snapshot(jobId)).state).toBe("failed"));
  expect((await world.snapshot(jobId)).reason).toBe("GitHub knows no user of this name.");
});

test("a removed job is told as gone, and one that never was is none", async () => {
  await using world = await startWatching({ lookMs: 60_000 });
  const { jobId } = await world.queue.enqueue(payload());
  const seen = world.watch(jobId);
  await vi.waitFor(() => expect(seen.states()).toEqual(["waiting"]));
  await world.jobs.inspected.remove(jobId);
  await vi.waitFor(() => expect(seen.states()).toEqual(["waiting", "gone"]));
  expect(await world.snapshot(jobId)).toBeUndefined();
});

test("nothing is told after the watching was stopped", async () => {
  await using world = await startWatching({ lookMs: 60_000 });
  const { jobId } = await world.queue.enqueue(payload());
  const stopped = world.watch(jobId);
  const other = world.watch(jobId);
  await vi.waitFor(() => expect(stopped.states()).toEqual(["waiting"]));
  stopped.stop();
  world.jobs.worker(async () => ({ outcome: "stored" }));
  await vi.waitFor(() => expect(other.states().at(-1)).toBe("completed"));
  expect(stopped.states()).toEqual(["waiting"]);
});

test("a change that was missed while Redis was away is told when it is back", async () => {
  await using redis = await startRedis({ args: ["--appendonly", "yes"] });
  await using world = await startWatching({ url: redis.url, lookMs: 200 });
  const { jobId } = await world.queue.enqueue(payload());
  const seen = world.watch(jobId);
  await vi.waitFor(() => expect(seen.states()).toEqual(["waiting"]));
  await redis.kill();
  await expect(world.snapshot(jobId)).rejects.toBeInstanceOf(WatchError);
  await redis.restart();
  world.jobs.worker(async () => ({ outcome: "stored" }));
  await vi.waitFor(() => expect(seen.states().at(-1)).toBe("completed"), { timeout: 20_000 });
});

test("a Redis that hangs costs a look no more than its limit", { timeout: 20_000 }, async () => {
  await using redis = await startRedis();
  await using world = await startWatching({ url: redis.url });
  const { jobId } = await world.queue.enqueue(payload());
  redis.freeze();
  await expect(world.snapshot(jobId)).rejects.toBeInstanceOf(WatchError);
  redis.thaw();
});

test("when a job ends is expected by how long earlier ones took", async () => {
  let now = Date.now();
  await using world = await startWatching({ now: () => now });
  const first = await world.queue.enqueue(payload());
  expect((await world.snapshot(first.jobId)).expectedAt).toBeUndefined();
  const worker = world.jobs.worker(async () => ({ outcome: "stored" }));
  await vi.waitFor(async () => expect((await world.snapshot(first.jobId)).state).toBe("completed"));
  await worker.close();
  await world.jobs.patient().hset(world.jobs.inspected.toKey(first.jobId), {
    timestamp: now - 90_000,
    processedOn: now - 80_000,
    finishedOn: now - 20_000,
  });
  const second = await world.queue.enqueue(payload());
  now += 31_000;
  const { expectedAt = 0, createdAt } = await world.snapshot(second.jobId);
  expect(expectedAt - createdAt).toBe(70_000);
});

test("whoever leaves a job that had ended takes nobody with them who watches it since it was retried", async () => {
  await using world = await startWatching({ lookMs: 60_000 });
  const { jobId } = await world.queue.enqueue(payload());
  const worker = world.jobs.worker(async () => {
    throw new NeverRetry("No such thing.");
  });
  const early = world.watch(jobId);
  await vi.waitFor(() => expect(early.states().at(-1)).toBe("failed"));
  await worker.close();
  await (await world.jobs.inspected.getJob(jobId))?.retry();
  const late = world.watch(jobId);
  await vi.waitFor(() => expect(late.states()).toEqual(["waiting"]));
  early.stop();
  world.jobs.worker(async () => ({ outcome: "stored" }));
  await vi.waitFor(() => expect(late.states().at(-1)).toBe("completed"));
});
