/** A store that is away: calls go through, waits are bounded, and what must not be lost is not. */
import { Redis } from "ioredis";
import { expect, test, vi } from "vitest";
import { CacheConnectionError } from "../../src/values/index.ts";
import { createStandIn, createTestCache } from "../../src/values/testing.ts";
import { startRedis } from "../helpers/redis.ts";
import { openCache } from "./opening.ts";

test("7: while Redis is away functions are called, one at a time for a key, and nothing waits long", async () => {
  await using redis = await startRedis();
  await using cache = openCache({ redis: redis.url, storeBudget: "50ms" });
  await cache.set("before", "value");
  redis.freeze();
  let running = 0;
  let most = 0;
  const load = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 20));
    running--;
    return "made";
  };
  const startedAt = performance.now();
  for (let round = 0; round < 20; round++) {
    const asked = Array.from({ length: 50 }, () => cache.remember("key", load, { ttl: "1ms" }));
    expect(new Set(await Promise.all(asked))).toEqual(new Set(["made"]));
  }
  // Twenty rounds that each waited out the store would take a minute.
  expect(performance.now() - startedAt).toBeLessThan(20_000);
  expect(most).toBe(1);
  expect(await cache.set("key", "value")).toBe(false);
  expect(await cache.increment("n")).toBeUndefined();
  expect((await cache.healthCheck()).healthy).toBe(false);
  redis.thaw();
  await vi.waitFor(async () => expect(await cache.set("key", "again")).toBe(true));
  expect(await cache.get("key")).toBe("again");
});

test("7: a removal that cannot be made now is told, holds for this process at once, and reaches the others later", async () => {
  await using redis = await startRedis();
  await using here = openCache({ redis: redis.url, namespace: "shop", storeBudget: "50ms" });
  await using there = openCache({ redis: redis.url, namespace: "shop" });
  const told: string[] = [];
  here.on("invalidationQueued", ({ what }) => told.push(`queued ${what}`));
  here.on("invalidationDone", ({ what }) => told.push(`done ${what}`));
  await here.setMany(["a", "b:1", "c"].map((key) => [key, "old"]));
  await here.set("d", "old", { tags: ["tag"] });
  expect((await there.getMany(["a", "b:1", "c", "d"])).size).toBe(4);
  redis.freeze();
  expect(await here.delete("a")).toBe(0);
  expect(await here.clearPattern("b:*")).toBe(0);
  await here.invalidateTag("tag");
  expect(told.map((line) => line.split(" ")[0])).toEqual(["queued", "queued", "queued"]);
  expect(here.stats()).toMatchObject({ pendingInvalidations: 3, invalidationsQueued: 3 });
  redis.thaw();
  expect([...(await here.getMany(["a", "b:1", "c", "d"])).keys()]).not.toContain("a");
  await vi.waitFor(() => expect(here.stats().pendingInvalidations).toBe(0), 20_000);
  expect(told.slice(3).map((line) => line.split(" ")[0])).toEqual(["done", "done", "done"]);
  await vi.waitFor(async () =>
    expect([...(await there.getMany(["a", "b:1", "c", "d"])).keys()]).toEqual(["c"]),
  );
});

test("7: a cache that shall not be silent says that the store is away, and still calls functions for nobody", async () => {
  const { cache, breakStore, repairStore, clock } = createTestCache({ failSilently: false });
  await cache.set("key", "value");
  breakStore();
  const load = createStandIn("made");
  await expect(cache.get("key")).rejects.toThrow(CacheConnectionError);
  await expect(cache.remember("key", load)).rejects.toThrow(CacheConnectionError);
  await expect(cache.set("key", 1)).rejects.toThrow(CacheConnectionError);
  await expect(cache.delete("key")).rejects.toThrow(CacheConnectionError);
  await expect(cache.increment("n")).rejects.toThrow(CacheConnectionError);
  expect(load.calls).toBe(0);
  repairStore();
  await clock.advance("20s");
  expect(cache.stats().pendingInvalidations).toBe(0);
  expect(await cache.get("key")).toBeUndefined();
});

test("7: invalidations are tried again until they arrive, a value is not given out until then", async () => {
  const { cache, breakStore, repairStore, clock } = createTestCache();
  await cache.setMany([
    ["a", 1],
    ["b", 2],
  ]);
  breakStore();
  await cache.delete("a");
  await clock.advance("10m");
  repairStore();
  await clock.advance(0);
  expect(cache.stats().pendingInvalidations).toBe(0);
  await cache.set("a", "after");
  expect(await cache.get("a")).toBe("after");
});

test("7: what is stored while an earlier removal is on its way stays, what a later one means does not", async () => {
  for (let round = 0; round < 5; round++) {
    const { cache, breakStore, repairStore, clock } = createTestCache();
    breakStore();
    await cache.delete("a");
    repairStore();
    for (let turn = 0; turn < round; turn++) await Promise.resolve();
    await cache.set("a", "after");
    await clock.advance(0);
    expect(await cache.get("a"), `after ${round} turns`).toBe("after");
    await Promise.all([cache.set("a", "of before"), cache.delete("a")]);
    expect(await cache.get("a")).toBeUndefined();
  }
});

test("10: a probe costs a PING, and INFO is asked for now and then", async () => {
  await using redis = await startRedis();
  await using cache = openCache({ redis: redis.url });
  await cache.ready();
  const client = new Redis(redis.url);
  await client.config("RESETSTAT");
  for (let i = 0; i < 20; i++) expect((await cache.healthCheck()).healthy).toBe(true);
  expect(await client.info("commandstats")).toMatch(/cmdstat_info:calls=1,/);
  client.disconnect();
  const { memory } = cache;
  expect(await memory.healthCheck()).toMatchObject({ healthy: true, latency_ms: 0 });
});

test("a cache that is switched off calls through and keeps nothing", async () => {
  await using cache = openCache({ enabled: false, redis: "redis://127.0.0.1:1" });
  const load = createStandIn("made");
  const wrapped = cache.wrap(load, { name: "load" });
  expect([await wrapped(), await wrapped(), await cache.remember("k", load)]).toHaveLength(3);
  expect(load.calls).toBe(3);
  expect(await cache.set("key", 1)).toBe(false);
  expect(await cache.get("key")).toBeUndefined();
  expect(await cache.has("key")).toBe(false);
  expect(await cache.ttl("key")).toBeUndefined();
  expect(await cache.touch("key")).toBe(false);
  expect(await cache.delete("key")).toBe(0);
  expect(await cache.clearPattern("*")).toBe(0);
  expect(await cache.increment("key")).toBeUndefined();
  expect(await cache.writeThrough("key", () => "written")).toBe("written");
  expect(await cache.warm([{ key: "key", load }])).toMatchObject({ loaded: 0 });
  await Promise.all([cache.clear(), cache.invalidateTag("t")]);
  expect(cache.memory.enabled).toBe(false);
});
