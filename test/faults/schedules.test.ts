/** Processes that start over and over and all set the same schedule, while workers run it. */
import { expect, test } from "vitest";
import { type ScheduleSpec, upsertSchedules } from "../../src/queues/schedules.ts";
import { payload, startJobs } from "../helpers/jobs.ts";
import { figures, sized } from "./lanes/world.ts";

const EVERY_MS = 1_000;

test("however many processes set a schedule, it runs once at each of its times", {
  timeout: sized(120_000, 60_000),
}, async () => {
  const [starters, starts, runs] = sized([8, 40, 10], [4, 8, 2]);
  await using jobs = await startJobs();
  const { logger } = jobs;
  for (let i = 0; i < 4; i++) jobs.worker(async () => ({ outcome: "stored" }));
  const spec: ScheduleSpec = {
    ...{ name: "often", queue: "refresh", timing: { everyMs: EVERY_MS } },
    payload: payload(),
  };
  const start = async () => {
    const connection = jobs.patient();
    for (let i = 0; i < starts; i++) await upsertSchedules({ connection, logger }, [spec]);
  };
  await Promise.all(Array.from({ length: starters }, start));
  const ended = () => jobs.inspected.getCompletedCount();
  await expect.poll(ended, { timeout: 60_000 }).toBeGreaterThan(runs);
  const done = await jobs.inspected.getCompleted(0, -1);
  const times = done.map(({ id }) => Number(id?.split(":").at(-1))).toSorted((a, b) => a - b);
  const gaps = times.slice(1).map((time, i) => time - (times[i] as number));
  const doubled = gaps.filter((gap) => gap < EVERY_MS).length;
  const schedulers = await jobs.inspected.getJobSchedulersCount();
  const waiting = await jobs.inspected.getJobCountByTypes("delayed", "waiting");
  figures("duplicate schedulers", {
    ...{ starters, starts: starters * starts, runs: done.length, schedulers, waiting, doubled },
    failed: await jobs.inspected.getFailedCount(),
  });
  expect(schedulers).toBe(1);
  expect(doubled).toBe(0);
  expect(waiting).toBeLessThanOrEqual(1);
});
