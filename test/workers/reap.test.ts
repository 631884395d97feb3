import { Queue } from "bullmq";
import { expect, test } from "vitest";
import { LOCK_KEY } from "../../src/mappings/lock.ts";
import { reap } from "../../src/mappings/reap.ts";
import type { ReapOptions } from "../../src/mappings/run.ts";
import { jobOptions } from "../../src/queues/options.ts";
import { type ScheduleSpec, upsertSchedules } from "../../src/queues/schedules.ts";
import { queuePrefix } from "../../src/redis/keys.ts";
import { createReapWorker } from "../../src/workers/reap.ts";
import { startJobs } from "../helpers/jobs.ts";
import { registered, shown } from "../mappings/plugin.ts";
import { startReaper } from "../mappings/start-reaper.ts";

const DEAD = registered({ domain: "old.example.org", user: "bob", repo: "gone" });
const LIVE = registered({ domain: "www.example.com", user: "alice", repo: "blog" });

/** A reaper over a pages Redis and a forge, and jobs over another Redis. */
async function open() {
  const world = await startReaper();
  const jobs = await startJobs();
  const inspected = new Queue("reap", { connection: jobs.patient(), prefix: queuePrefix("reap") });
  const workers: { close(): Promise<void> }[] = [];
  await world.pages.write(DEAD, LIVE);
  world.forge.repositories.set("alice/blog", { file: "custom_domain: www.example.com" });
  return {
    world,
    jobs,
    inspected,
    async enqueue(payload: { readonly dryRun: boolean }): Promise<string> {
      return (await inspected.add("reap", payload, jobOptions("reap"))).id as string;
    },
    schedule: (...wanted: ScheduleSpec[]) =>
      upsertSchedules({ connection: jobs.patient(), logger: jobs.logger }, wanted),
    worker(mode: "dry-run" | "apply" = "apply") {
      const run = async (options: ReapOptions) => [await reap(world.tools, options)];
      const worker = createReapWorker({
        connection: jobs.patient(),
        logger: jobs.logger,
        reaper: { ready: async () => undefined, run },
        mode,
        graceMs: 0,
      });
      workers.push(worker);
      return worker;
    },
    ended: (id: string) =>
      expect.poll(() => inspected.getJobState(id), { timeout: 15_000 }).toMatch(/completed|failed/),
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.close()));
      await inspected.close();
      await jobs[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

test("a job runs the reaper, and tells how far it is and what it did", async () => {
  await using t = await open();
  t.worker();
  const id = await t.enqueue({ dryRun: false });
  await t.ended(id);
  const job = await t.inspected.getJob(id);
  expect(job?.returnvalue).toMatchObject({
    outcome: "finished",
    runs: [{ mode: "apply", scanned: 2, cleaned: 1, keysRemoved: 9 }],
  });
  await expect
    .poll(async () => (await t.inspected.getJob(id))?.progress)
    .toEqual({ step: "done", progress: 100, scanned: 2, judged: 2, removed: 1 });
  const { logs } = await t.inspected.getJobLogs(id);
  expect(logs.map((line) => line.slice(25))).toEqual([
    "old.example.org of bob/gone: repo-missing, removed",
    expect.stringMatching(/^Run \S+ finished: of 2 mappings 1 removed, 1 kept, 0 not judged$/),
  ]);
  expect(await t.world.pages.all()).toEqual(shown(LIVE));
});

test.each([
  ["apply", true],
  ["dry-run", false],
  ["dry-run", true],
] as const)("with mode %s, a job with dryRun %s removes nothing", async (mode, dryRun) => {
  await using t = await open();
  t.worker(mode);
  const id = await t.enqueue({ dryRun });
  await t.ended(id);
  expect((await t.inspected.getJob(id))?.returnvalue).toMatchObject({
    runs: [{ mode: "dry-run", cleaned: 1 }],
  });
  expect(await t.world.pages.all()).toEqual(shown(LIVE, DEAD));
});

test("a schedule starts runs by itself, and however slow they are, never two at a time in the fleet", async () => {
  await using t = await open();
  let running = 0;
  let most = 0;
  t.world.forge.behave = async (path) => {
    if (!path.endsWith("/version")) return undefined;
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    running -= 1;
    return undefined;
  };
  await t.schedule({
    name: "reap",
    queue: "reap",
    timing: { pattern: "* * * * * *", timeZone: "UTC" },
    payload: { dryRun: true },
  });
  t.worker();
  t.worker();
  await expect
    .poll(() => t.inspected.getJobCountByTypes("completed"), { timeout: 15_000 })
    .toBeGreaterThanOrEqual(3);
  await t.schedule();
  expect(most).toBe(1);
  expect(await t.inspected.getJobCountByTypes("failed")).toBe(0);
});

test("a run that something spoke against fails for good, with the reason", async () => {
  await using t = await open();
  t.world.forge.behave = () => "login-page";
  t.worker();
  const id = await t.enqueue({ dryRun: false });
  await t.ended(id);
  const job = await t.inspected.getJob(id);
  expect(job).toMatchObject({
    attemptsMade: 1,
    failedReason: expect.stringContaining("cannot be believed"),
  });
  expect(await t.world.pages.all()).toEqual(shown(LIVE, DEAD));
});

test("a run that breaks is tried again", async () => {
  await using t = await open();
  await t.world.pages.client.acl("SETUSER", "default", "-scan");
  t.worker();
  const id = await t.enqueue({ dryRun: false });
  await expect.poll(() => t.inspected.getJobState(id), { timeout: 15_000 }).toBe("delayed");
  const { logs } = await t.inspected.getJobLogs(id);
  expect(logs.at(-1)).toContain("failed: of 0 mappings");
  await t.world.pages.client.acl("SETUSER", "default", "+@all");
  await (await t.inspected.getJob(id))?.promote();
  await t.ended(id);
  expect(await t.world.pages.all()).toEqual(shown(LIVE));
});

test("a run that meets one from elsewhere waits for its end", async () => {
  await using t = await open();
  await t.world.pages.client.set(LOCK_KEY, "20261121T000000Z-abcdef token");
  t.worker();
  const id = await t.enqueue({ dryRun: false });
  await expect.poll(() => t.inspected.getJobState(id), { timeout: 15_000 }).toBe("delayed");
  expect((await t.inspected.getJob(id))?.attemptsMade).toBe(0);
});

test("a closing worker ends its run after what has begun and hands it to another, which finishes it", async () => {
  await using t = await open();
  const more = Array.from({ length: 20 }, (_, i) => ({
    domain: `d${i}.example`,
    user: "bob",
    repo: `r${i}`,
  }));
  await t.world.pages.write(...more.map(registered));
  const first = t.worker();
  // In the first pass one question for the live and two for each dead one, then the second look begins.
  const middle = 2 + 1 + 2 * 21 + 10;
  const closing = new Promise<void>((resolve) => {
    t.world.forge.behave = (_, number) => {
      if (number === middle) resolve(first.close());
      return number >= middle ? "hang" : undefined;
    };
  });
  const id = await t.enqueue({ dryRun: false });
  await closing;
  expect(await t.inspected.getJobState(id)).toBe("waiting");
  const left = Object.keys(await t.world.pages.all()).filter((key) =>
    key.startsWith("custom_domain:"),
  );
  expect(left.length).toBeGreaterThan(1);
  expect(left.length).toBeLessThan(22);
  t.world.forge.behave = () => undefined;
  t.worker();
  await t.ended(id);
  expect(await t.world.pages.all()).toEqual(shown(LIVE));
});
