import { Queue } from "bullmq";
import { expect, test } from "vitest";
import { SetupError } from "../../src/errors.ts";
import { createReapQueue } from "../../src/queues/reap.ts";
import { queuePrefix } from "../../src/redis/keys.ts";
import { startJobs } from "../helpers/jobs.ts";

const DAILY = { pattern: "17 3 * * *", timeZone: "Europe/Berlin" };

async function open() {
  const jobs = await startJobs();
  const inspected = new Queue("reap", { connection: jobs.patient(), prefix: queuePrefix("reap") });
  const queues = [1, 2].map(() => createReapQueue(jobs.patient(), jobs.logger));
  return {
    jobs,
    inspected,
    first: queues[0] as (typeof queues)[number],
    second: queues[1] as (typeof queues)[number],
    async [Symbol.asyncDispose]() {
      await Promise.all([inspected.close(), ...queues.map((queue) => queue.close())]);
      await jobs[Symbol.asyncDispose]();
    },
  };
}

test("two processes that set the same schedule leave one, in its time zone", async () => {
  await using t = await open();
  await Promise.all([
    t.first.schedule(DAILY, { dryRun: true }),
    t.second.schedule(DAILY, { dryRun: true }),
  ]);
  await t.first.schedule(DAILY, { dryRun: true });
  const schedulers = await t.inspected.getJobSchedulers();
  expect(schedulers).toMatchObject([{ pattern: "17 3 * * *", tz: "Europe/Berlin" }]);
  const next = new Date(schedulers[0]?.next ?? 0);
  const time = next.toLocaleTimeString("de", { timeZone: "Europe/Berlin" });
  expect(time).toBe("03:17:00");
  expect(await t.inspected.getJobCountByTypes("delayed")).toBe(1);
  expect(await t.inspected.getGlobalConcurrency()).toBe(1);
});

test("what the last process says holds: another pattern, another mode, no schedule", async () => {
  await using t = await open();
  await t.first.schedule(DAILY, { dryRun: true });
  await t.second.schedule({ ...DAILY, pattern: "0 * * * *" }, { dryRun: false });
  const [job, ...others] = await t.inspected.getDelayed();
  expect(others).toEqual([]);
  expect(job?.data).toEqual({ dryRun: false });
  expect(job?.opts).toMatchObject({ attempts: 3 });
  await t.first.schedule(undefined, { dryRun: true });
  expect(await t.inspected.getJobSchedulers()).toEqual([]);
  expect(await t.inspected.getJobCountByTypes("delayed", "waiting")).toBe(0);
});

test.each(["61 * * * *", "every day"])(
  "the pattern %j is refused with a word to the operator",
  async (pattern) => {
    await using t = await open();
    const set = t.first.schedule({ ...DAILY, pattern }, { dryRun: true });
    await expect(set).rejects.toThrow(SetupError);
    await expect(set).rejects.toThrow("The schedule of the reaper was not taken");
  },
);
