/** The queue's Redis is killed, freezes, and runs out of memory while users ask and workers work. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { EnqueueError } from "../../../src/queues/refresh.ts";
import { startRedis, type TestRedis } from "../../helpers/redis.ts";
import { reportsAbout } from "../../helpers/reports.ts";
import { FLAWLESS } from "./history.ts";
import { counts, figures, sized, startWorld } from "./world.ts";

vi.setConfig({ testTimeout: sized(600_000, 180_000) });

/** The locks of production: longer than Redis is away. */
const PLAN = { workMs: [20, 200], timing: { sweepMs: 1_000, stalledIntervalMs: 5_000 } } as const;

function startWorldOn(redis: TestRedis) {
  return startWorld({ target: { kind: "url", url: redis.url }, plan: PLAN });
}

test("reports outlive a Redis that is killed and comes back with its append-only file", async () => {
  const [users, each, kills] = sized([200, 10, 5], [40, 5, 2]);
  await using redis = await startRedis({ args: ["--appendonly", "yes"] });
  await using world = await startWorldOn(redis);
  const asking = world.askFor(users, each);
  for (let kill = 0; kill < kills; kill++) {
    const written = await world.commits();
    await expect.poll(() => world.commits()).toBeGreaterThan(written + 10);
    await redis.kill();
    await sleep(200 + Math.random() * 1_000);
    await redis.restart();
  }
  await asking;
  await world.untilEnded(users * each);
  const judgement = await world.judgement();
  const facts = { kills, jobs: users * each, askedAgain: world.refusals() };
  figures("Redis SIGKILL, append-only file", { ...facts, ...counts(judgement) });
  expect(judgement).toMatchObject(FLAWLESS);
  expect(await world.committed()).toBe(users * each);
});

test("reports outlive a Redis that says nothing for ten seconds", async () => {
  const frozenMs = sized(10_000, 3_000);
  await using redis = await startRedis();
  await using world = await startWorldOn(redis);
  const asking = world.askFor(40, 5);
  await expect.poll(() => world.commits()).toBeGreaterThan(10);
  redis.freeze();
  await sleep(frozenMs);
  redis.thaw();
  await asking;
  await world.untilEnded(200);
  const judgement = await world.judgement();
  figures("Redis frozen", {
    frozenMs,
    jobs: 200,
    askedAgain: world.refusals(),
    ...counts(judgement),
  });
  expect(judgement).toMatchObject(FLAWLESS);
  expect(await world.commits()).toBe(200);
});

test("a queue without memory refuses what is new, keeps what it has, and goes on when there is room", async () => {
  await using redis = await startRedis();
  await using world = await startWorldOn(redis);
  await world.askFor(20, 5);
  await expect.poll(() => world.commits()).toBeGreaterThan(10);
  await world.client.config("SET", "maxmemory", "1mb");
  const [payload] = reportsAbout("late");
  await expect(world.queue.enqueue(payload as never)).rejects.toThrow(EnqueueError);
  await expect(world.queue.enqueue(payload as never)).rejects.toThrow("OOM");
  const held = await world.commits();
  await sleep(2_000);
  await world.client.config("SET", "maxmemory", "0");
  await world.ask(payload as never);
  await world.untilEnded(101);
  const judgement = await world.judgement();
  figures("no memory", { jobs: 101, before: held, ...counts(judgement) });
  expect(judgement).toMatchObject(FLAWLESS);
  expect(await world.inspected.getCompletedCount()).toBe(101);
});
