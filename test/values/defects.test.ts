/** What two guides to caching got wrong, one test or more for each of the thirteen. */
import { Redis } from "ioredis";
import { expect, test, vi } from "vitest";
import { z } from "zod";
import { keyBy } from "../../src/values/index.ts";
import { storedKey } from "../../src/values/key.ts";
import { createStandIn, createTestCache } from "../../src/values/testing.ts";
import { sharedRedis, startRedis } from "../helpers/redis.ts";
import { openCache } from "./opening.ts";

test.each([
  ["null", null],
  ["false", false],
  ["0", 0],
  ["an empty text", ""],
  ["an empty list", []],
  ["undefined", undefined],
])("1: %s is a hit like any other", async (_what, value) => {
  const { cache } = createTestCache();
  const load = createStandIn<unknown>(value);
  const cached = cache.wrap(load, { name: "load" });
  expect([await cached(), await cached()]).toEqual([value, value]);
  expect(load.calls).toBe(1);
  expect(cache.stats()).toMatchObject({ hits: 1, misses: 1 });
});

test("2: those who wait for a value get it from the one who made it, however many keys there are", async () => {
  const { cache } = createTestCache();
  const load = createStandIn("one");
  const keys = Array.from({ length: 50 }, (_, i) => `key ${i}`);
  await Promise.all(
    keys.flatMap((key) => Array.from({ length: 20 }, () => cache.remember(key, load))),
  );
  expect(load.calls).toBe(50);
});

test("3: another process's removal is not undone by what was read before it", async () => {
  const { url } = await sharedRedis();
  await using here = openCache({ redis: url, namespace: "shop" });
  await using there = openCache({ redis: url, namespace: "shop" });
  for (const remove of ["delete", "invalidateTag", "clear", "clearPattern"] as const) {
    const load = createStandIn("old");
    load.hangs();
    const asked = here.remember("key", load, { tags: ["key"] });
    await vi.waitFor(() => expect(load.calls).toBe(1));
    await there[remove]("key");
    load.finish();
    expect(await asked).toBe("old");
    expect(await there.get("key"), remove).toBeUndefined();
    expect(await there.remember("key", () => "new"), remove).toBe("new");
    await there.delete("key");
  }
});

test("4: a tag takes one row's values, without looking through the others", async () => {
  await using redis = await startRedis();
  await using cache = openCache({ redis: redis.url, namespace: "shop" });
  await cache.setMany(Array.from({ length: 2_000 }, (_, i) => [`server:${i}`, i]));
  await cache.set("server:1:stats", "s", { tags: ["server 1"] });
  await cache.set("server:11:stats", "s", { tags: ["server 11"] });
  const client = new Redis(redis.url);
  await client.config("RESETSTAT");
  await cache.invalidateTag("server 1");
  expect(await client.info("commandstats")).not.toMatch(/cmdstat_(scan|keys)/);
  client.disconnect();
  await using other = openCache({ redis: redis.url, namespace: "shop", memoryMaxBytes: 0 });
  for (const each of [cache, other]) {
    expect(await each.get("server:1:stats")).toBeUndefined();
    expect(await each.get("server:11:stats")).toBe("s");
    expect(await each.get("server:1")).toBe(1);
  }
});

test("5: calls share a key exactly when they say the same", () => {
  const different = [
    [1],
    ["1"],
    [1n],
    [true],
    ["true"],
    [null],
    ["null"],
    [[1, 2]],
    ["[1,2]"],
    ["a", "b"],
    ["a:b"],
    ["a%.b"],
    ["%a", "b"],
    [{ a: 1 }],
    [{ a: "1" }],
    [{ a: { b: 1 } }],
    [new Date(5)],
    [5],
    [new Set([1])],
    [new Map([[1, 1]])],
    [Buffer.from("a")],
    [undefined, 1],
    [""],
    ["", ""],
    ["a*"],
    ["a\\*"],
  ];
  const keys = different.map((parts) => keyBy(...parts));
  expect(new Set(keys).size).toBe(different.length);
  expect(keyBy({ a: 1, b: 2, c: undefined })).toBe(keyBy({ b: 2, a: 1 }));
  expect(keyBy("a", undefined)).toBe(keyBy("a"));
  class Session {}
  expect(() => keyBy(new Session())).toThrow(TypeError);
  expect(() => keyBy(() => 1)).toThrow(TypeError);
});

test("5: functions that would share keys are refused, and so are methods that would share them between instances", () => {
  const { cache } = createTestCache();
  const { list } = { list: async () => "users" };
  const other = { list: async () => "orders" };
  cache.wrap(list);
  expect(() => cache.wrap(other.list)).toThrow(/Two cached functions/);
  expect(() => cache.wrap(other.list, { name: "list" })).toThrow(/Two cached functions/);
  expect(() => cache.wrap(async () => 1)).toThrow(/needs a name/);
  cache.wrap(other.list, { name: "orders" });
  expect(() => cache.wrap(other.list, { name: "orders:open" })).toThrow(/of the other/);
  cache.wrap(other.list, { name: "ordersOfDay" });
  // Its result may depend on the instance.
  const context = { kind: "method", static: false } as ClassMethodDecoratorContext;
  expect(() => cache.cached({ name: "Users.all" })(list, context)).toThrow(/needs `key`/);
});

test("5: a key of any length and any characters names one value, as long as it is text", async () => {
  const { url } = await sharedRedis();
  await using cache = openCache({ redis: url });
  const keys = ["a".repeat(5_000), `${"a".repeat(4_999)}b`, "*", "{x}", "a\nb", "ключ", "🔑"];
  // What a long key is stored as is a key, too.
  keys.push(storedKey("a".repeat(5_000)), storedKey(storedKey("a".repeat(5_000))));
  await cache.setMany(keys.map((key) => [key, key]));
  expect(await cache.getMany(keys)).toEqual(new Map(keys.map((key) => [key, key])));
  for (const key of ["", "\ud800"]) await expect(cache.set(key, 1)).rejects.toThrow(TypeError);
});

test("6: values of another release, another shape or no shape at all are misses", async () => {
  const { url } = await sharedRedis();
  await using cache = openCache({ redis: url });
  const invalid: string[] = [];
  cache.on("invalid", ({ reason }) => invalid.push(reason));
  await cache.set("key", { name: "ada" }, { version: "1" });
  expect(await cache.get("key", { version: "2" })).toBeUndefined();
  const schema = z.object({ name: z.string(), age: z.number() });
  expect(await cache.get("key", { version: "1", schema })).toBeUndefined();
  expect(await cache.get("key", { version: "1" })).toEqual({ name: "ada" });
  expect(invalid).toHaveLength(1);
  const user = await cache.remember("key", () => ({ name: "ada", age: 36 }), {
    version: "1",
    schema,
  });
  expect(user.age).toBe(36);
  expect(await cache.get("key", { version: "1", schema })).toEqual({ name: "ada", age: 36 });
});

test("6: what another program wrote under a value's name is a miss", async () => {
  await using redis = await startRedis();
  await using cache = openCache({ redis: redis.url, memoryMaxBytes: 0 });
  await cache.set("key", "value");
  const client = new Redis(redis.url);
  const [name = ""] = await client.keys("wf1:v:*:v:*:key");
  const blob = (await client.getBuffer(name)) as Buffer;
  for (const bad of [Buffer.from("pickle"), blob.subarray(0, 40), Buffer.concat([blob, blob])]) {
    await client.set(name, bad);
    expect(await cache.get("key")).toBeUndefined();
    await client.set(name, blob);
    expect(await cache.get("key")).toBe("value");
  }
  client.disconnect();
});

test("8: a function runs once for one call, also when the store is broken", async () => {
  const { cache, breakStore } = createTestCache();
  breakStore();
  const load = createStandIn("one");
  expect(await cache.remember("key", load)).toBe("one");
  expect(load.calls).toBe(1);
  load.fails();
  await expect(cache.remember("key", load)).rejects.toThrow("It fails");
  expect(load.calls).toBe(2);
});

test("9: jobs and durable keys beside the cache are never touched by clearing it", async () => {
  await using redis = await startRedis();
  await using cache = openCache({ redis: redis.url, namespace: "mine" });
  await using other = openCache({ redis: redis.url, namespace: "mine.too" });
  const client = new Redis(redis.url);
  await client.mset("bull:queue:1", "job", "mine:key", "durable", "wf1:e:{x}", "response");
  await cache.set("key", 1);
  await other.set("key", 2);
  await cache.clearPattern("*");
  await cache.set("key", "again");
  await cache.clear();
  // What can no longer be read does not take room for long either.
  await vi.waitFor(async () => expect(await client.keys("wf1:v:*:mine:key")).toEqual([]));
  expect(await client.mget("bull:queue:1", "mine:key", "wf1:e:{x}")).not.toContain(null);
  expect(await other.get("key")).toBe(2);
  client.disconnect();
});

test("11: what is stored together does not expire together, and nothing lives without end", async () => {
  await using redis = await startRedis();
  await using cache = openCache({ redis: redis.url });
  const keys = Array.from({ length: 40 }, (_, i) => `key ${i}`);
  await Promise.all(keys.map((key) => cache.remember(key, () => key, { ttl: 1_000 })));
  await cache.setMany(
    keys.map((key) => [`many ${key}`, key]),
    { ttl: 1_000 },
  );
  await cache.increment("counter");
  for (const set of [keys, keys.map((key) => `many ${key}`)]) {
    const lives = await Promise.all(set.map((key) => cache.ttl(key)));
    expect(new Set(lives).size).toBeGreaterThan(10);
    expect(Math.min(...lives.map(Number))).toBeGreaterThan(890);
    expect(Math.max(...lives.map(Number))).toBeLessThanOrEqual(1_000);
  }
  const client = new Redis(redis.url);
  for (const name of await client.keys("wf1:*"))
    expect(await client.pttl(name), name).toBeGreaterThan(0);
  client.disconnect();
  const endless = { name: "endless", ttl: Number.POSITIVE_INFINITY };
  expect(() => cache.wrap(async () => 1, endless)).toThrow(TypeError);
  await expect(cache.set("key", 1, { ttl: Number.POSITIVE_INFINITY })).rejects.toThrow(TypeError);
});

test("11: values that are too large are returned and not stored", async () => {
  const { cache } = createTestCache({ maxValueBytes: 1_000 });
  const refused: string[] = [];
  cache.on("refused", ({ key }) => refused.push(key));
  expect(await cache.remember("large", () => "x".repeat(2_000))).toHaveLength(2_000);
  expect(await cache.has("large")).toBe(false);
  expect(refused).toEqual(["large"]);
});

test("11: when all processes warm up at once, each value is made once, a few at a time", async () => {
  const { url } = await sharedRedis();
  await using here = openCache({ redis: url, namespace: "warm" });
  await using there = openCache({ redis: url, namespace: "warm" });
  let running = 0;
  let most = 0;
  const calls: string[] = [];
  const tasks = Array.from({ length: 12 }, (_, i) => ({
    key: `key ${i}`,
    load: async () => {
      calls.push(`key ${i}`);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 10));
      running--;
      if (i === 11) throw new Error("no");
      return i;
    },
  }));
  const results = await Promise.all([here.warm(tasks, { concurrency: 2 }), there.warm(tasks)]);
  expect(new Set(calls.filter((key) => key !== "key 11")).size).toBe(11);
  expect(calls.filter((key) => key !== "key 11")).toHaveLength(11);
  expect(most).toBeLessThanOrEqual(6);
  for (const { loaded, present, failed } of results) {
    expect(loaded + present).toBe(11);
    expect(failed).toBe(1);
  }
  expect(await here.warm(tasks.slice(0, 11))).toEqual({ loaded: 0, present: 11, failed: 0 });
});

test("13: an answer that is an error is returned and not stored", async () => {
  const { cache } = createTestCache();
  const ask = createStandIn({ status: 403, body: "rate limit exceeded" });
  const wrapped = cache.wrap(ask, {
    name: "ask",
    adapt: ({ status }) => (status === 200 ? undefined : false),
  });
  expect(await wrapped()).toMatchObject({ status: 403 });
  ask.returns({ status: 200, body: "fine" });
  expect([await wrapped(), await wrapped()]).toMatchObject([{ status: 200 }, { status: 200 }]);
  expect(ask.calls).toBe(2);
  const response = cache.wrap(async () => new Response("body"), { name: "response" });
  expect(await (await response()).text()).toBe("body");
  expect(await cache.has("response")).toBe(false);
});
