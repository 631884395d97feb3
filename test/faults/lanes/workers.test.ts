/** Workers that are killed, frozen, stopped and poisoned while they work. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { sharedRedis } from "../../helpers/redis.ts";
import { reportsAbout } from "../../helpers/reports.ts";
import { FLAWLESS } from "./history.ts";
import { POISON } from "./worker-process.ts";
import { counts, figures, HASTY, sized, startWorld } from "./world.ts";

const TIMEOUT = sized(900_000, 180_000);

async function here() {
  return { kind: "url", url: (await sharedRedis()).url } as const;
}

test("workers that are killed at random points lose nothing: each report is written once, in order, and none overlap", {
  timeout: TIMEOUT,
}, async () => {
  const [users, each, kills] = sized([200, 10, 100], [40, 5, 6]);
  await using world = await startWorld({ target: await here(), plan: { workMs: [20, 200] } });
  await world.askFor(users, each);
  const total = users * each;
  // Points are counts of written reports: anywhere from the first to nearly the last.
  const points = Array.from({ length: kills }, () => Math.random() * total * 0.97).toSorted(
    (a, b) => a - b,
  );
  const startedAt = performance.now();
  for (const point of points) {
    await expect
      .poll(() => world.commits(), { timeout: 60_000, interval: 5 })
      .toBeGreaterThanOrEqual(Math.floor(point));
    await sleep(Math.random() * 50);
    const victim = world.fleet[Math.floor(Math.random() * world.fleet.length)];
    if (victim === undefined) throw new Error("There is no worker.");
    await world.end(victim, "SIGKILL");
    await world.spawn();
  }
  await world.untilEnded(total);
  const judgement = await world.judgement();
  const stalled = (await world.inspected.getCompleted(0, -1)).filter(
    (job) => job.stalledCounter > 0,
  );
  const failed = await world.inspected.getFailedCount();
  figures("kill -9", {
    kills,
    jobs: total,
    recovered: stalled.length,
    failed,
    seconds: seconds(startedAt),
    ...counts(judgement),
  });
  expect(judgement).toMatchObject(FLAWLESS);
  expect(failed).toBe(0);
  expect(await world.commits()).toBe(total);
});

test("a worker frozen for longer than its locks is replaced, and what it writes when it thaws is refused", {
  timeout: TIMEOUT,
}, async () => {
  const frozenMs = sized(60_000, 8_000);
  await using world = await startWorld({
    target: await here(),
    workers: 2,
    plan: { workMs: [300, 900] },
  });
  await world.askFor(30, 3);
  await expect.poll(() => world.commits()).toBeGreaterThan(5);
  const [victim] = world.fleet;
  if (victim === undefined) throw new Error("There is no worker.");
  victim.process.child.kill("SIGSTOP");
  await world.tell({ kind: "gone", worker: victim.name, died: false });
  await sleep(frozenMs);
  victim.process.child.kill("SIGCONT");
  await world.untilEnded(90);
  await expect.poll(async () => (await world.judgement()).refused).toBeGreaterThan(0);
  const judgement = await world.judgement();
  figures("SIGSTOP", { frozenMs, jobs: 90, ...counts(judgement) });
  expect(judgement).toMatchObject(FLAWLESS);
  expect(await world.commits()).toBe(90);
});

test("workers that are stopped in order under load hand over, lose nothing and use no attempt", {
  timeout: TIMEOUT,
}, async () => {
  const [users, each, rounds] = sized([100, 10, 20], [30, 5, 4]);
  const production = { sweepMs: 1_000 };
  await using world = await startWorld({
    target: await here(),
    plan: { workMs: [50, 250], timing: production },
  });
  await world.askFor(users, each);
  let slowest = 0;
  for (let round = 0; round < rounds; round++) {
    const victim = world.fleet[0];
    if (victim === undefined) throw new Error("There is no worker.");
    await world.spawn();
    const startedAt = performance.now();
    expect(await world.end(victim, "SIGTERM")).toBe(0);
    slowest = Math.max(slowest, performance.now() - startedAt);
  }
  await world.untilEnded(users * each);
  const judgement = await world.judgement();
  const jobs = await world.inspected.getCompleted(0, -1);
  const retried = jobs.filter((job) => job.attemptsMade > 1 || job.stalledCounter > 0);
  figures("SIGTERM", {
    rounds,
    jobs: users * each,
    slowestMs: Math.round(slowest),
    retried: retried.length,
    ...counts(judgement),
  });
  expect(judgement).toMatchObject(FLAWLESS);
  expect(retried).toEqual([]);
  expect(slowest).toBeLessThan(25_000);
});

test("a report that kills every worker that takes it fails in the end, and those that ran beside it do not", {
  timeout: TIMEOUT,
}, async () => {
  const timing = { ...HASTY, maxStalledCount: 2 };
  await using world = await startWorld({ target: await here(), workers: 1, plan: { timing } });
  const [bad] = reportsAbout(POISON);
  await world.ask(bad as never);
  await world.askFor(3, 2);
  let deaths = 0;
  for (; deaths < 10; deaths++) {
    const [worker] = world.fleet;
    if (worker === undefined) throw new Error("There is no worker.");
    const died = worker.process.exited.then(() => true);
    const ended = world.untilEnded(7, 60_000).then(() => false);
    if (!(await Promise.race([died, ended]))) break;
    await world.end(worker, "SIGKILL");
    await world.spawn();
  }
  figures("poison", { deaths, ...counts(await world.judgement()) });
  expect(deaths).toBe(3);
  const [poisoned] = world.acknowledged.filter(({ lane }) => lane === POISON);
  expect(await world.inspected.getJobState(poisoned?.id as string)).toBe("failed");
  expect(await world.inspected.getCompletedCount()).toBe(6);
  expect(await world.judgement()).toMatchObject(FLAWLESS);
});

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 1_000);
}
