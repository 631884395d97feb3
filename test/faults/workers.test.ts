/** Worker processes in earnest: told to stop under load, and fed with what they cannot do. */
import { Queue } from "bullmq";
import { expect, test, vi } from "vitest";
import { queuePrefix } from "../../src/redis/keys.ts";
import { type Origin, startOrigin } from "../helpers/origin.ts";
import { fronting, startProcess } from "../helpers/process.ts";
import { startRedis } from "../helpers/redis.ts";

vi.setConfig({ testTimeout: 120_000 });
const PATIENCE = { timeout: 60_000 };

/** A web process in front of an origin, stale a moment after it stored, and the refresh queue as BullMQ shows it. */
async function open(origin: Origin) {
  const redis = await startRedis();
  const options = { yaml: fronting(origin.url, "0s"), env: { REDIS_URL: redis.url } };
  const web = await startProcess({ entry: "web", ...options });
  const { hostname: host, port } = new URL(redis.url);
  const queue = new Queue("refresh", {
    connection: { host, port: Number(port) },
    prefix: queuePrefix("refresh"),
  });
  return {
    web,
    queue,
    worker: (env: Record<string, string> = {}) =>
      startProcess({ entry: "worker", ...options, env: { ...options.env, ...env } }),
    async [Symbol.asyncDispose]() {
      await queue.close();
      await web[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
    },
  };
}

test("SIGTERM under load hands every running job over, in time and without using an attempt", async () => {
  await using origin = await startOrigin();
  origin.answers("first");
  await using t = await open(origin);
  const paths = Array.from({ length: 30 }, (_, i) => `/${i}`);
  for (const path of paths) await t.web.ask(path);
  const asked = origin.requests.length;
  const held: (() => void)[] = [];
  origin.on((_req, res) => {
    held.push(() => res.end("second"));
  });
  for (const path of paths) await t.web.ask(path);
  await using first = await t.worker();
  await origin.received(asked + 8);
  expect(await t.queue.getActiveCount()).toBe(8);
  const told = performance.now();
  first.kill("SIGTERM");
  expect(await first.ended).toMatchObject({ code: 0, errors: "" });
  expect(performance.now() - told).toBeLessThan(25_000);
  expect(await t.queue.getJobCounts("active", "waiting", "failed", "delayed")).toEqual({
    ...{ active: 0, waiting: 30, failed: 0, delayed: 0 },
  });
  const waiting = await t.queue.getWaiting();
  expect(waiting.map(({ attemptsMade }) => attemptsMade)).toEqual(paths.map(() => 0));
  expect(first.lines.filter(({ outcome }) => outcome === "handed-over")).toHaveLength(8);
  origin.answers("second");
  await using _second = await t.worker();
  await expect.poll(() => t.queue.getCompletedCount(), PATIENCE).toBe(30);
  const ended = await t.queue.getCompleted();
  expect(new Set(ended.map(({ attemptsMade }) => attemptsMade))).toEqual(new Set([1]));
  for (const release of held) release();
});

test("jobs that nobody can do fail with the reason, once, and hold up no other", async () => {
  await using origin = await startOrigin();
  origin.answers("first");
  await using t = await open(origin);
  await t.web.ask("/good");
  const poison = [
    ["refresh", { route: 1, key: ["x"] }, "payload is not valid"],
    ["refresh", null, "payload is not valid"],
    ["refresh", { route: "r", key: "k".repeat(70_000) }, "at most 65536"],
    ["refresh", { route: "nowhere", key: "k" }, "No route is called nowhere"],
    ["mine-bitcoin", { route: "r", key: "k" }, "The queue refresh does no mine-bitcoin."],
  ] as const;
  const jobs = await Promise.all(
    poison.map(([name, data]) => t.queue.add(name, data, { attempts: 5 })),
  );
  await t.web.ask("/good");
  const worker = await t.worker({ WORKER_HEALTH_PORT: "0" });
  // That jobs failed is an error in its log, of which the end of the process complains.
  await using _ = {
    async [Symbol.asyncDispose]() {
      await expect(worker[Symbol.asyncDispose]()).rejects.toThrow("No route is called nowhere");
    },
  };
  await expect.poll(() => t.queue.getCompletedCount(), PATIENCE).toBe(1);
  await expect.poll(() => t.queue.getFailedCount(), PATIENCE).toBe(poison.length);
  for (const [i, [, , reason]] of poison.entries()) {
    const job = await t.queue.getJob(jobs[i]?.id as string);
    expect(job).toMatchObject({ attemptsMade: 1, failedReason: expect.stringContaining(reason) });
  }
  const { msg = "" } = await worker.logged(
    (line) => line.msg?.startsWith("Worker health") === true,
  );
  const livez = await fetch(`${msg.slice("Worker health: ".length)}/livez`);
  expect(livez.status).toBe(200);
  const workers = ["refresh", "report"].map((queue) => ({ queue, state: "fetching" }));
  expect(await livez.json()).toMatchObject({ workers });
  await expect
    .poll(async () => JSON.parse((await t.web.control("/workers")).text).processes)
    .toMatchObject([{ pid: worker.pid, workers }]);
});
