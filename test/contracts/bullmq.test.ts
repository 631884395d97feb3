/** The facts of BullMQ that lanes and fences rest on, each looked at in Redis itself. A new BullMQ that fails here needs a new look at lanes. */
import { readFile } from "node:fs/promises";
import { DelayedError, Queue, UnrecoverableError, Worker, type WorkerOptions } from "bullmq";
import { expect, test } from "vitest";
import { jobKeyPrefix, queuePrefix } from "../../src/redis/keys.ts";
import { gate, startJobs } from "../helpers/jobs.ts";

type Processor = (token: string, moves: { delay(): Promise<never> }) => Promise<unknown>;

/** A queue as BullMQ makes it, and a worker of it. */
async function startQueue() {
  const jobs = await startJobs();
  const client = jobs.patient();
  const options = { connection: client, prefix: queuePrefix("contract") };
  const queue = new Queue("contract", options);
  const workers: Worker[] = [];
  const key = jobKeyPrefix("contract");
  return {
    client,
    queue,
    field: (id: string, name: string) => client.hget(key + id, name),
    exists: (id: string) => client.exists(key + id),
    lock: (id: string) => client.get(`${key}${id}:lock`),
    isDelayed: async (id: string) => (await client.zscore(`${key}delayed`, id)) !== null,
    state: (id: string) => queue.getJobState(id),
    work(process: Processor, worker: Partial<WorkerOptions> = {}) {
      const made = new Worker(
        "contract",
        (job, token = "") =>
          process(token, {
            async delay() {
              await job.moveToDelayed(Date.now() + 600_000, token);
              throw new DelayedError();
            },
          }),
        { ...options, ...worker },
      );
      made.on("error", () => undefined);
      workers.push(made);
      return made;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.close(true)));
      await queue.close();
      await jobs[Symbol.asyncDispose]();
    },
  };
}

test("BullMQ is pinned to one version", async () => {
  const manifest = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  expect(JSON.parse(manifest).dependencies.bullmq).toMatch(/^\d+\.\d+\.\d+$/);
});

test("a job has a record under its id, without `finishedOn` until it has ended for good", async () => {
  await using world = await startQueue();
  await world.queue.add("x", {}, { jobId: "one" });
  expect(await world.exists("one")).toBe(1);
  expect(Number(await world.field("one", "timestamp"))).toBeGreaterThan(0);
  expect(await world.field("one", "finishedOn")).toBeNull();
  world.work(async () => "done");
  await expect.poll(() => world.state("one")).toBe("completed");
  expect(Number(await world.field("one", "finishedOn"))).toBeGreaterThan(0);
});

test("a job that will be tried again is delayed and has no `finishedOn`; one that failed for good has", async () => {
  await using world = await startQueue();
  let runs = 0;
  world.work(async () => {
    runs += 1;
    throw runs === 1 ? new Error("again") : new UnrecoverableError("enough");
  });
  await world.queue.add("x", {}, { jobId: "one", attempts: 3, backoff: 600_000 });
  await expect.poll(() => world.isDelayed("one")).toBe(true);
  expect(await world.field("one", "finishedOn")).toBeNull();
  await world.queue.getBackend().promote("one");
  await expect.poll(() => world.state("one")).toBe("failed");
  expect(await world.field("one", "finishedOn")).not.toBeNull();
});

test("retrying a job that has ended takes its `finishedOn` away", async () => {
  await using world = await startQueue();
  const held = gate();
  let runs = 0;
  world.work(async () => {
    runs += 1;
    if (runs === 1) throw new UnrecoverableError("no");
    await held.opened;
  });
  const job = await world.queue.add("x", {}, { jobId: "one" });
  await expect.poll(() => world.state("one")).toBe("failed");
  await job.retry("failed");
  await expect.poll(() => world.state("one")).toBe("active");
  expect(await world.field("one", "finishedOn")).toBeNull();
  held.open();
});

test("the lock of a job that runs holds the token of its run, and goes with the run", async () => {
  await using world = await startQueue();
  const held = gate();
  const tokens: string[] = [];
  world.work(async (token) => {
    tokens.push(token);
    await held.opened;
  });
  await world.queue.add("x", {}, { jobId: "one" });
  await expect.poll(() => tokens).toHaveLength(1);
  expect(await world.lock("one")).toBe(tokens[0]);
  held.open();
  await expect.poll(() => world.state("one")).toBe("completed");
  expect(await world.lock("one")).toBeNull();
});

test("a job moved to delayed by its run gives up its lock, uses no attempt, and can be promoted", async () => {
  await using world = await startQueue();
  let runs = 0;
  world.work(async (_token, moves) => {
    runs += 1;
    if (runs === 1) await moves.delay();
  });
  await world.queue.add("x", {}, { jobId: "one", attempts: 1 });
  await expect.poll(() => world.isDelayed("one")).toBe(true);
  expect(await world.lock("one")).toBeNull();
  expect((await world.queue.getJob("one"))?.attemptsMade).toBe(0);
  await world.queue.getBackend().promote("one");
  await expect.poll(() => world.state("one")).toBe("completed");
});

test("promoting a job that is not delayed, or not there, fails with codes -3", async () => {
  await using world = await startQueue();
  await world.queue.add("x", {}, { jobId: "one" });
  await expect(world.queue.getBackend().promote("one")).rejects.toMatchObject({ code: -3 });
  await expect(world.queue.getBackend().promote("none")).rejects.toMatchObject({ code: -3 });
});

test("writing the progress of a job that is not there fails with code -1", async () => {
  await using world = await startQueue();
  const written = world.queue.getBackend().updateProgress("none", { step: "queued" });
  await expect(written).rejects.toMatchObject({ code: -1 });
});

test("progress is kept as JSON with its fields in order", async () => {
  await using world = await startQueue();
  await world.queue.add("x", {}, { jobId: "one" });
  await world.queue.getBackend().updateProgress("one", { step: "queued", position: 3 });
  expect(await world.field("one", "progress")).toBe('{"step":"queued","position":3}');
});

test("adding what is queued, delayed or running already gives its id; after the end a new job", async () => {
  await using world = await startQueue();
  const add = async (jobId: string, delay = 0) =>
    (await world.queue.add("x", {}, { jobId, delay, deduplication: { id: "same" } })).id;
  expect(await add("one", 600_000)).toBe("one");
  expect(await add("two")).toBe("one");
  await world.queue.getBackend().promote("one");
  expect(await add("three")).toBe("one");
  world.work(async () => undefined);
  await expect.poll(() => world.state("one")).toBe("completed");
  expect(await add("four")).toBe("four");
});

test("a job that was lost more often than allowed fails with an event, without its processor being called", async () => {
  await using world = await startQueue();
  const timing = { lockDuration: 200, stalledInterval: 100, maxStalledCount: 0 };
  const failed: string[] = [];
  // Runs without a lock that anybody renews, as after a crash.
  const hung = world.work(() => new Promise(() => undefined), { ...timing, skipLockRenewal: true });
  await world.queue.add("x", {}, { jobId: "one" });
  await expect.poll(() => world.state("one")).toBe("active");
  await hung.close(true);
  let runs = 0;
  const next = world.work(async () => {
    runs += 1;
  }, timing);
  next.on("failed", (job) => failed.push(job?.id as string));
  await expect.poll(() => world.state("one")).toBe("failed");
  await expect.poll(() => failed).toEqual(["one"]);
  expect(runs).toBe(0);
});
