import { expect, test } from "vitest";
import { entryKey } from "../../src/redis/keys.ts";
import { sharedRedis, startRedis } from "../helpers/redis.ts";
import { announced, fenceNow, openPlain, openWorld, recordingLogger, until } from "./world.ts";

const HOUR = { ttlMs: 3_600_000 };

test("a value is read back from memory where it was written, and from Redis elsewhere", async () => {
  const at = await sharedRedis();
  using here = await openWorld(at);
  using there = await openWorld(at);
  using plain = openPlain(at);
  expect(await here.store.read("a")).toEqual({ state: "absent" });
  expect(await here.store.write("a", "one", { fence: fenceNow(), ...HOUR })).toBe("written");
  expect(here.store.peek("a")).toBe("one");
  expect(await here.store.read("a")).toEqual({ state: "found", value: "one", tier: "memory" });
  await announced(there, plain.client);
  expect(there.store.peek("a")).toBeUndefined();
  expect(await there.store.read("a")).toEqual({ state: "found", value: "one", tier: "redis" });
  expect(there.store.peek("a")).toBe("one");
});

test("what another process writes or removes is seen as soon as Redis announces it", async () => {
  const at = await sharedRedis();
  using here = await openWorld(at);
  using there = await openWorld(at);
  await here.store.write("a", "one", { fence: 1, ...HOUR });
  await there.store.read("a");
  for (let round = 2; round < 30; round++) {
    await here.store.write("a", `value ${round}`, { fence: round, ...HOUR });
    await until(() => there.store.peek("a") === undefined);
    expect(await there.store.read("a")).toMatchObject({ value: `value ${round}` });
  }
  expect(await there.store.remove(["a", "never there"])).toBe(1);
  expect(there.store.peek("a")).toBeUndefined();
  await until(() => here.store.peek("a") === undefined);
  expect(await here.store.read("a")).toEqual({ state: "absent" });
});

test("an own write stays in memory although Redis announces it", async () => {
  const at = await sharedRedis();
  using here = await openWorld(at);
  using plain = openPlain(at);
  for (let fence = 1; fence < 50; fence++) {
    await here.store.write("a", `value ${fence}`, { fence, ...HOUR });
  }
  await announced(here, plain.client);
  await here.store.read("another, after the confirmation");
  expect(here.store.peek("a")).toBe("value 49");
  const { memoryHits, redisHits } = here.store.stats();
  expect(await here.store.read("a")).toMatchObject({ tier: "memory" });
  expect(here.store.stats()).toMatchObject({ memoryHits: memoryHits + 1, redisHits });
});

test("when two processes write one key in turn, both end with the newer value", async () => {
  const at = await sharedRedis();
  using here = await openWorld(at);
  using there = await openWorld(at);
  for (let round = 1; round <= 50; round++) {
    const key = `key ${round}`;
    const [first, second] = round % 2 ? [here, there] : [there, here];
    await Promise.all([
      first.store.write(key, "older", { fence: 2 * round, ...HOUR }),
      second.store.write(key, "newer", { fence: 2 * round + 1, ...HOUR }),
    ]);
  }
  await until(async () => {
    for (let round = 1; round <= 50; round++) {
      for (const world of [here, there]) {
        const read = await world.store.read(`key ${round}`);
        if (read.state !== "found" || read.value !== "newer") return false;
      }
    }
    return true;
  });
});

test("FLUSHALL empties the memory of every process", async () => {
  await using server = await startRedis();
  using here = await openWorld(server);
  using there = await openWorld(server);
  using plain = openPlain(server);
  await here.store.write("a", "one", { fence: 1, ...HOUR });
  await there.store.read("a");
  await plain.client.flushall();
  await until(() => here.store.peek("a") === undefined && there.store.peek("a") === undefined);
  expect(await here.store.read("a")).toEqual({ state: "absent" });
});

test("a value leaves memory when its time in Redis is over", async () => {
  await using server = await startRedis({ args: ["--hz", "100"] });
  using world = await openWorld(server);
  await world.store.write("a", "short", { fence: 1, ttlMs: 50 });
  await until(() => world.store.peek("a") === undefined);
  expect(await world.store.read("a")).toEqual({ state: "absent" });
});

test("reads of one turn of the event loop are one command, and equal keys are asked for once", async () => {
  await using server = await startRedis();
  using world = await openWorld(server);
  using plain = openPlain(server);
  await world.store.write("a", "one", { fence: 1, ...HOUR });
  await world.store.remove(["a"]);
  await plain.client.config("RESETSTAT");
  const keys = ["a", "b", "c", "a", "b", "a"];
  await Promise.all(keys.map((key) => world.store.read(key)));
  const calls = /cmdstat_mget:calls=(\d+)/.exec(await plain.client.info("commandstats"));
  expect(calls?.[1]).toBe("1");
  expect(world.store.stats()).toMatchObject({ absent: 3 });
});

test("a blob that is not ours reads as absent, is logged and removed; one of another version is left alone", async () => {
  const at = await sharedRedis();
  const { logger, lines } = recordingLogger();
  using world = await openWorld(at, { logger });
  using plain = openPlain(at);
  await plain.client.set(entryKey("a"), "not a frame");
  await plain.client.set(entryKey("b"), `WF\x02${"later version ".repeat(9)}`);
  expect(await world.store.read("a")).toEqual({ state: "absent" });
  expect(await world.store.read("b")).toEqual({ state: "absent" });
  await until(async () => (await plain.blobOf("a")) === null);
  expect(await plain.blobOf("b")).not.toBeNull();
  expect(lines.filter((line) => line.level === "warn")).toHaveLength(1);
  expect(world.store.stats()).toMatchObject({ corrupt: 1, absent: 1 });
});

test("a value under another key's name is not given out", async () => {
  const at = await sharedRedis();
  using world = await openWorld(at);
  using plain = openPlain(at);
  await world.store.write("hers", "private", { fence: 1, ...HOUR });
  await plain.client.copy(entryKey("hers"), entryKey("his"));
  expect(await world.store.read("his")).toEqual({ state: "absent" });
  expect(await world.store.read("hers")).toMatchObject({ value: "private" });
});

test("a value that its codec refuses reads as absent, and one that cannot be encoded is not stored", async () => {
  const at = await sharedRedis();
  const refusing = {
    encode: (text: string) => {
      if (text === "bad") throw new Error("no such value");
      return Buffer.from(text);
    },
    decode: (): string => {
      throw new Error("another release wrote this");
    },
    sizeOf: (text: string) => text.length,
  };
  using writer = await openWorld(at, { codec: refusing });
  using reader = await openWorld(at, { codec: refusing });
  expect(await writer.store.write("a", "bad", { fence: 1, ...HOUR })).toBe("failed");
  expect(await writer.store.write("b", "good", { fence: 1, ...HOUR })).toBe("written");
  expect(await reader.store.read("b")).toEqual({ state: "absent" });
});

test("without a memory tier everything comes from Redis", async () => {
  const at = await sharedRedis();
  using world = await openWorld(at, { memoryMaxBytes: 0 });
  await world.store.write("a", "one", { fence: 1, ...HOUR });
  expect(world.store.peek("a")).toBeUndefined();
  expect(await world.store.read("a")).toEqual({ state: "found", value: "one", tier: "redis" });
  expect(world.store.stats()).toMatchObject({ memoryEntries: 0, memoryBytes: 0 });
});

test("a full Redis refuses the write, and this process alone serves the value for a moment", async () => {
  await using server = await startRedis({ args: ["--maxmemory", "3mb"] });
  const { logger, lines } = recordingLogger();
  using here = await openWorld(server, { logger });
  using there = await openWorld(server);
  let fence = 0;
  const large = "x".repeat(50_000);
  while ((await here.store.write(`fill ${fence}`, large, { fence, ...HOUR })) === "written")
    fence++;
  expect(await here.store.write("a", large, { fence, ...HOUR })).toBe("failed");
  expect(here.store.peek("a")).toBe(large);
  expect(await there.store.read("a")).toEqual({ state: "absent" });
  expect(here.redis.breaker.state).toBe("closed");
  const complaints = lines.filter((line) => line.level === "warn");
  expect(complaints).toMatchObject([{ reason: expect.stringContaining("OOM") }]);
  await until(() => here.store.peek("a") === undefined);
});
