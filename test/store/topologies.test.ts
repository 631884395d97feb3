import { expect, test } from "vitest";
import { connectForRequests, whenReady } from "../../src/redis/connect.ts";
import { checkRoles } from "../../src/redis/roles.ts";
import { INLINE_BYTES } from "../../src/store/frame.ts";
import { startCluster, startSentinel } from "./topologies.ts";
import { fenceNow, openWorld, recordingLogger, silent, until } from "./world.ts";

const HOUR = { ttlMs: 3_600_000 };

test("after a Sentinel failover two processes write and see each other's changes again", async () => {
  await using sentinel = await startSentinel();
  using here = await openWorld(sentinel.target);
  using there = await openWorld(sentinel.target);
  await here.store.write("a", "before", { fence: fenceNow(), ...HOUR });
  await until(async () => (await there.store.read("a")).state === "found");
  await sentinel.master.kill();
  await until(
    async () =>
      (await here.store.write("a", "after", { fence: fenceNow(), ...HOUR })) === "written",
  );
  await until(() => here.tracking.tracked && there.tracking.tracked);
  await until(async () => {
    const read = await there.store.read("a");
    return read.state === "found" && read.value === "after" && read.tier === "memory";
  });
  await here.store.write("a", "changed", { fence: fenceNow(), ...HOUR });
  await until(() => there.store.peek("a") === undefined);
  expect(await there.store.read("a")).toMatchObject({ value: "changed" });
}, 60_000);

test("in a Cluster values of every size, flights and removal work in all slots, without a memory tier", async () => {
  await using cluster = await startCluster();
  const { logger, lines } = recordingLogger();
  using here = await openWorld(cluster.target, { tracked: false, logger });
  using there = await openWorld(cluster.target, { tracked: false });
  const keys = Array.from({ length: 60 }, (_, i) => `key ${i}`);
  const textOf = (key: string) => (key.endsWith("0") ? key.repeat(INLINE_BYTES / 3) : key);
  for (const key of keys) {
    expect(await here.store.write(key, textOf(key), { fence: 2, ...HOUR })).toBe("written");
  }
  const reads = await Promise.all(keys.map((key) => there.store.read(key)));
  expect(reads).toEqual(keys.map((key) => ({ state: "found", value: textOf(key), tier: "redis" })));
  expect(await here.store.write("key 1", "older", { fence: 1, ...HOUR })).toBe("superseded");
  const lead = await here.flights.begin("key 1");
  const follow = await there.flights.begin("key 1");
  if (lead.role !== "lead" || follow.role !== "follow")
    throw new Error(`${lead.role}, ${follow.role}`);
  const settled = follow.settled(10_000);
  await lead.end("stored");
  expect(await settled).toBe("stored");
  expect(await there.store.remove(keys)).toBe(60);
  expect(await here.store.read("key 1")).toEqual({ state: "absent" });
  expect(here.store.peek("key 1")).toBeUndefined();
  expect(lines.some((line) => line.msg.includes("memory tier is off"))).toBe(true);
}, 60_000);

test("when a master of a Cluster is killed reads fail in bounded time, and work again when it is back", async () => {
  await using cluster = await startCluster();
  using world = await openWorld(cluster.target, { tracked: false, budgetMs: 200 });
  const keys = Array.from({ length: 30 }, (_, i) => `key ${i}`);
  for (const key of keys) await world.store.write(key, key, { fence: 1, ...HOUR });
  await cluster.servers[0]?.kill();
  const states = new Set<string>();
  await until(async () => {
    for (const read of await Promise.all(keys.map((key) => world.store.read(key))))
      states.add(read.state);
    return states.has("failed");
  });
  await cluster.servers[0]?.restart();
  await until(async () => {
    const reads = await Promise.all(keys.map((key) => world.store.read(key)));
    return reads.every((read) => read.state !== "failed");
  });
}, 60_000);

test("the roles of a Cluster are checked on every master", async () => {
  await using cluster = await startCluster();
  const options = { budgetMs: 5_000, role: "queue", logger: silent } as const;
  const client = connectForRequests(cluster.target, options);
  expect(await whenReady(client, 10_000)).toBe(true);
  expect(await checkRoles({ queue: client, cache: client })).toMatchObject([{ level: "info" }]);
  client.disconnect();
}, 60_000);
