/** The queue's Redis as a group: a master that fails over, and a Cluster that loses a master. */
import { expect, test, vi } from "vitest";
import { FLAWLESS } from "./history.ts";
import { startReplicatedCluster } from "./replicated-cluster.ts";
import { startSentinels } from "./sentinels.ts";
import { counts, figures, sized, startWorld } from "./world.ts";

vi.setConfig({ testTimeout: sized(900_000, 240_000) });

/** The locks of production: longer than a failover. */
const PLAN = { workMs: [20, 200], timing: { sweepMs: 1_000, stalledIntervalMs: 5_000 } } as const;

/** What was taken so shortly before a server is killed may not have reached its replica: the replication of Redis is asynchronous. */
const UNSURE_MS = 1_000;

type World = Awaited<ReturnType<typeof startWorld>>;

async function untilMoving(world: World): Promise<void> {
  const written = await world.commits();
  await expect.poll(() => world.commits(), { timeout: 60_000 }).toBeGreaterThan(written + 10);
}

test("reports go on over Sentinel failovers, each to a server at a new address", async () => {
  const [users, each, failovers] = sized([100, 10, 5], [40, 10, 1]);
  await using sentinels = await startSentinels();
  await using world = await startWorld({ target: sentinels.target, plan: PLAN });
  for (let done = 1; done <= failovers; done++) {
    const asking = world.askFor(users, each, `user-${done}`);
    await untilMoving(world);
    const before = Date.now() - UNSURE_MS;
    await sentinels.failOver();
    await asking;
    await world.askAgain(before);
    await world.untilEnded(done * users * each);
  }
  const judgement = await world.judgement();
  const facts = { failovers, jobs: failovers * users * each, askedAgain: world.refusals() };
  figures("Sentinel failover", { ...facts, ...counts(judgement) });
  expect(judgement).toMatchObject(FLAWLESS);
});

test("reports run in a Cluster of three masters, and go on when another server takes over from the one that holds them", async () => {
  const [users, each] = sized([200, 10], [40, 5]);
  await using cluster = await startReplicatedCluster();
  await using world = await startWorld({ target: cluster.target, plan: PLAN });
  const asking = world.askFor(users, each);
  await untilMoving(world);
  const before = Date.now() - UNSURE_MS;
  await cluster.killOwner();
  await asking;
  await world.askAgain(before);
  await world.untilEnded(users * each);
  const judgement = await world.judgement();
  const facts = { masters: 3, jobs: users * each, askedAgain: world.refusals() };
  figures("Cluster, a master killed", { ...facts, ...counts(judgement) });
  expect(judgement).toMatchObject(FLAWLESS);
  expect(await world.inspected.getCompletedCount()).toBe(users * each);
});
