import { expect, test } from "vitest";
import { listSchedules, runSchedule } from "../../src/queues/list-schedules.ts";
import { openQueues } from "../../src/queues/open.ts";
import { NeverRetry } from "../../src/queues/retry.ts";
import { type ScheduleSpec, upsertSchedules } from "../../src/queues/schedules.ts";
import { gate, payload, startJobs } from "../helpers/jobs.ts";

const NIGHTLY = { pattern: "17 3 * * *", timeZone: "Europe/Berlin" };

async function open(...wanted: ScheduleSpec[]) {
  const jobs = await startJobs();
  const connection = jobs.patient();
  await upsertSchedules({ connection, logger: jobs.logger }, wanted);
  const { queues, close } = openQueues({ connection, logger: jobs.logger });
  return {
    jobs,
    upsert: (...others: ScheduleSpec[]) =>
      upsertSchedules({ connection, logger: jobs.logger }, others),
    list: () => listSchedules({ queues, connection }),
    run: (name: string) => runSchedule({ queues }, name),
    async [Symbol.asyncDispose]() {
      await close();
      await jobs[Symbol.asyncDispose]();
    },
  };
}

function refreshing(name = "warm corner"): ScheduleSpec {
  return { name, queue: "refresh", timing: NIGHTLY, payload: payload() };
}

test("a schedule tells its pattern, zone, next run and that it waits for it", async () => {
  const reaping = { name: "reap", queue: "reap", payload: { dryRun: true } } as const;
  await using t = await open(refreshing(), { ...reaping, timing: { everyMs: 86_400_000 } });
  expect(await t.list()).toEqual([
    // A distance counts from the start: the first run is due at once.
    {
      name: "reap",
      queue: "reap",
      everyMs: 86_400_000,
      state: "due",
      nextAt: expect.any(Number),
    },
    {
      name: "warm corner",
      queue: "refresh",
      ...NIGHTLY,
      state: "waiting",
      nextAt: expect.any(Number),
    },
  ]);
});

test("a schedule that runs names its job, then how the run ended and when one last ended well", async () => {
  await using t = await open(refreshing());
  const end = gate();
  let outcome: "stored" | "failed" = "stored";
  t.jobs.worker(async () => {
    await end.opened;
    if (outcome === "failed") throw new NeverRetry("refused at /a?s3cret");
    return { outcome };
  });
  const started = await t.run("warm corner");
  await expect.poll(t.list).toMatchObject([{ state: "running", running: started?.job }]);
  end.open();
  await expect
    .poll(t.list)
    .toMatchObject([{ state: "waiting", last: { outcome: "completed", job: started?.job } }]);
  const [good] = await t.list();
  expect(good?.lastSuccessAt).toBe(good?.last?.endedAt);
  outcome = "failed";
  await t.run("warm corner");
  await expect
    .poll(t.list)
    .toMatchObject([{ last: { outcome: "failed", failure: "refused at /a?…" } }]);
  expect((await t.list())[0]?.lastSuccessAt).toBe(good?.lastSuccessAt);
});

test("asked twice to run out of turn, a schedule runs once, with its own payload", async () => {
  const wanted = refreshing();
  await using t = await open(wanted);
  const [first, second] = [await t.run(wanted.name), await t.run(wanted.name)];
  expect(first).toMatchObject({ queue: "refresh", joined: false });
  expect(second).toEqual({ ...first, joined: true });
  expect((await t.jobs.job(first?.job as string))?.data).toEqual(wanted.payload);
  expect((await t.jobs.job(first?.job as string))?.opts).toMatchObject({ attempts: 3 });
  expect(await t.list()).toMatchObject([{ state: "waiting" }]);
});

test("a name that no schedule has starts nothing", async () => {
  await using t = await open(refreshing());
  expect(await t.run("warm korner")).toBeUndefined();
});

test("a schedule whose next run was taken away says that it has stopped", async () => {
  await using t = await open(refreshing());
  const connection = t.jobs.patient();
  const { inspected } = t.jobs;
  const [job] = await inspected.getJobs(["delayed"]);
  await connection.del(inspected.toKey(job?.id as string), inspected.toKey("delayed"));
  const [stopped] = await t.list();
  expect(stopped?.state).toBe("stopped");
  expect(stopped).not.toHaveProperty("nextAt");
});

test("a schedule that is taken away takes its records along", async () => {
  const wanted = refreshing();
  await using t = await open(wanted);
  t.jobs.worker(async () => ({ outcome: "stored" }));
  await t.run(wanted.name);
  await expect.poll(t.list).toMatchObject([{ last: { outcome: "completed" } }]);
  await t.upsert();
  await t.upsert(wanted);
  const [again] = await t.list();
  expect(again).not.toHaveProperty("last");
  expect(again).not.toHaveProperty("lastSuccessAt");
});
