import { Queue } from "bullmq";
import { expect, test } from "vitest";
import { SetupError } from "../../src/errors.ts";
import { type ScheduleSpec, upsertSchedules } from "../../src/queues/schedules.ts";
import { queuePrefix } from "../../src/redis/keys.ts";
import { payload, startJobs } from "../helpers/jobs.ts";

const DAILY = { pattern: "17 3 * * *", timeZone: "Europe/Berlin" };

async function open() {
  const jobs = await startJobs();
  const reap = new Queue("reap", { connection: jobs.patient(), prefix: queuePrefix("reap") });
  return {
    jobs,
    reap,
    refresh: jobs.inspected,
    /** As a worker does that starts. */
    upsert: (...wanted: ScheduleSpec[]) =>
      upsertSchedules({ connection: jobs.patient(), logger: jobs.logger }, wanted),
    async [Symbol.asyncDispose]() {
      await reap.close();
      await jobs[Symbol.asyncDispose]();
    },
  };
}

function reaping(timing: ScheduleSpec["timing"] = DAILY, dryRun = true): ScheduleSpec {
  return { name: "reap", queue: "reap", timing, payload: { dryRun } };
}

test("two processes that set the same schedule leave one, in its time zone", async () => {
  await using t = await open();
  await Promise.all([t.upsert(reaping()), t.upsert(reaping())]);
  await t.upsert(reaping());
  const schedulers = await t.reap.getJobSchedulers();
  expect(schedulers).toMatchObject([{ pattern: "17 3 * * *", tz: "Europe/Berlin" }]);
  const next = new Date(schedulers[0]?.next ?? 0);
  const time = next.toLocaleTimeString("de", { timeZone: "Europe/Berlin" });
  expect(time).toBe("03:17:00");
  expect(await t.reap.getJobCountByTypes("delayed")).toBe(1);
  expect(await t.reap.getGlobalConcurrency()).toBe(1);
});

test("what the last process says holds: another pattern, another payload, no schedule", async () => {
  await using t = await open();
  await t.upsert(reaping());
  await t.upsert(reaping({ ...DAILY, pattern: "0 * * * *" }, false));
  const [job, ...others] = await t.reap.getDelayed();
  expect(others).toEqual([]);
  expect(job?.data).toEqual({ dryRun: false });
  expect(job?.opts).toMatchObject({ attempts: 3 });
  await t.upsert();
  expect(await t.reap.getJobSchedulers()).toEqual([]);
  expect(await t.reap.getJobCountByTypes("delayed", "waiting")).toBe(0);
  expect(t.jobs.lines).toContainEqual(
    expect.objectContaining({ level: "warn", schedule: "reap", queue: "reap" }),
  );
});

test.each([
  ["a pattern", DAILY],
  ["a distance", { everyMs: 86_400_000 }],
])(
  "a run by %s that fell due while no worker was there is still to come, once, after a start",
  async (_what, timing) => {
    await using t = await open();
    await t.upsert(reaping(timing));
    const [before] = await t.reap.getJobSchedulers();
    await makeOverdue(t.reap, before?.next as number);
    await t.upsert(reaping(timing));
    expect(await t.reap.getJobSchedulers()).toEqual([before]);
    expect(await t.reap.getJobCountByTypes("delayed", "waiting")).toBe(1);
  },
);

/** Its time comes an hour earlier than now, as after a long absence of all workers. */
async function makeOverdue(queue: Queue, next: number) {
  const job = await queue.getJob(`repeat:reap:${next}`);
  if ((await job?.getState()) === "waiting") return;
  const { client } = (await queue.getBackend()) as unknown as {
    client: Promise<{ zadd(key: string, score: number, id: string): Promise<unknown> }>;
  };
  const score = (Date.now() - 3_600_000) * 4_096;
  await (await client).zadd(queue.toKey("delayed"), score, job?.id as string);
}

test("a schedule whose next run was taken away gets one again", async () => {
  await using t = await open();
  await t.upsert(reaping());
  const [scheduler] = await t.reap.getJobSchedulers();
  const connection = t.jobs.patient();
  await connection.del(t.reap.toKey(`repeat:reap:${scheduler?.next}`));
  await connection.del(t.reap.toKey("delayed"));
  await t.upsert(reaping());
  expect(await t.reap.getDelayed()).toHaveLength(1);
});

test("schedules of several queues stand side by side, under names of any kind", async () => {
  await using t = await open();
  const wanted = payload();
  const item: ScheduleSpec = {
    name: "item:/a b/é",
    queue: "refresh",
    timing: { everyMs: 3_600_000 },
    payload: wanted,
  };
  await t.upsert(reaping(), item);
  await t.upsert(item, reaping());
  expect(await t.reap.getJobSchedulers()).toHaveLength(1);
  expect(await t.refresh.getJobSchedulers()).toMatchObject([{ every: 3_600_000 }]);
  const [job] = await t.refresh.getJobs(["delayed", "waiting"]);
  expect(job?.data).toEqual(wanted);
});

test.each(["61 * * * *", "every day"])(
  "the pattern %j is refused with a word to the operator",
  async (pattern) => {
    await using t = await open();
    const set = t.upsert(reaping({ ...DAILY, pattern }));
    await expect(set).rejects.toThrow(SetupError);
    await expect(set).rejects.toThrow("The schedule reap was not taken");
  },
);
