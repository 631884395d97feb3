import fc from "fast-check";
import { expect, test } from "vitest";
import { entryKey } from "../../src/redis/keys.ts";
import { HEAD_BYTES, PIECE_BYTES } from "../../src/store/frame.ts";
import { sharedRedis, startRedis } from "../helpers/redis.ts";
import { fenceNow, openPlain, openWorld, until } from "./world.ts";

const HOUR = { ttlMs: 3_600_000 };
const LARGE = "0123456789abcdef".repeat(PIECE_BYTES / 10);
const AGED = { ...HOUR, fence: 1 };

test("in whatever order writes arrive, the one with the newest fence stands", async () => {
  const at = await sharedRedis();
  using world = await openWorld(at, { memoryMaxBytes: 0 });
  let round = 0;
  const order = fc.shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(order, async (fences) => {
      const key = `key ${round++}`;
      let newest = 0;
      for (const fence of fences) {
        const result = await world.store.write(key, `by ${fence}`, { fence, ...HOUR });
        expect(result).toBe(fence > newest ? "written" : "superseded");
        newest = Math.max(newest, fence);
      }
      expect(await world.store.read(key)).toMatchObject({ value: `by ${newest}` });
    }),
    { numRuns: 40 },
  );
});

test("a write with the fence that stands replaces it: one fetch may write twice", async () => {
  using world = await openWorld(await sharedRedis());
  await world.store.write("a", "one", { fence: 7, ...HOUR });
  expect(await world.store.write("a", "two", { fence: 7, ...HOUR })).toBe("written");
  expect(await world.store.read("a")).toMatchObject({ value: "two" });
});

test("a fence from a future that the server's clock has not reached does not hold for ever", async () => {
  using world = await openWorld(await sharedRedis());
  const hourAhead = fenceNow() + 3_600_000_000;
  await world.store.write("a", "from a wrong clock", { fence: hourAhead, ...HOUR });
  expect(await world.store.write("a", "now", { fence: fenceNow(), ...HOUR })).toBe("written");
  expect(await world.store.read("a")).toMatchObject({ value: "now" });
});

test("every stored key ends by itself, at the time asked for", async () => {
  await using server = await startRedis();
  using world = await openWorld(server, { memoryMaxBytes: 0 });
  using plain = openPlain(server);
  await world.store.write("small", "one", { fence: 1, ttlMs: 60_000 });
  await world.store.write("large", LARGE, { fence: 1, ttlMs: 600_000 });
  await world.store.write("odd", "one", { fence: 1, ttlMs: 99_999.5 });
  await world.store.write("long", "one", { fence: 1, ttlMs: Number.POSITIVE_INFINITY });
  for (const key of await plain.ourKeys()) expect(await plain.client.pttl(key)).toBeGreaterThan(0);
  const pieces = (await plain.ourKeys()).filter((key) => key.startsWith("wf1:p:"));
  expect(pieces).toHaveLength(2);
  for (const key of pieces) expect(await plain.client.pttl(key)).toBeGreaterThan(500_000);
  expect(await plain.client.pttl(entryKey("small"))).toBeLessThanOrEqual(60_000);
  expect(await world.store.write("over", "one", { fence: 1, ttlMs: -5 })).toBe("written");
  await until(async () => (await world.store.read("over")).state === "absent");
});

test("a large value lies in pieces and comes back whole; replacing or removing it leaves none behind", async () => {
  await using server = await startRedis();
  using world = await openWorld(server, { memoryMaxBytes: 0 });
  using plain = openPlain(server);
  expect(await world.store.write("a", LARGE, AGED)).toBe("written");
  expect(await plain.blobOf("a")).toHaveLength(HEAD_BYTES);
  expect(await plain.ourKeys()).toHaveLength(3);
  expect(await world.store.read("a")).toEqual({ state: "found", value: LARGE, tier: "redis" });
  expect(await world.store.write("a", `${LARGE}!`, { fence: 2, ...HOUR })).toBe("written");
  expect(await plain.ourKeys()).toHaveLength(3);
  expect(await world.store.read("a")).toMatchObject({ value: `${LARGE}!` });
  await world.store.write("a", "small", { fence: 3, ...HOUR });
  expect(await plain.ourKeys()).toHaveLength(1);
  await world.store.write("a", LARGE, { fence: 4, ...HOUR });
  expect(await world.store.remove(["a"])).toBe(1);
  expect(await plain.ourKeys()).toEqual([]);
});

test("a removal up to a fence leaves what is newer", async () => {
  using world = await openWorld(await sharedRedis());
  await world.store.write("older", "one", { fence: 6, ...HOUR });
  await world.store.write("as old", "one", { fence: 7, ...HOUR });
  await world.store.write("newer", "one", { fence: 8, ...HOUR });
  expect(await world.store.remove(["older", "as old", "newer"], 7)).toBe(2);
  expect(await world.store.read("older")).toMatchObject({ state: "absent" });
  expect(await world.store.read("newer")).toMatchObject({ value: "one" });
});

test("a large value that is superseded takes its pieces away again", async () => {
  await using server = await startRedis();
  using world = await openWorld(server);
  using plain = openPlain(server);
  await world.store.write("a", "newer", { fence: 2, ...HOUR });
  expect(await world.store.write("a", LARGE, AGED)).toBe("superseded");
  await until(async () => (await plain.ourKeys()).length === 1);
  expect(await world.store.read("a")).toMatchObject({ value: "newer" });
});

test("a writer that stops halfway leaves pieces for a minute at most, and the earlier value stands", async () => {
  await using server = await startRedis({ args: ["--maxmemory", "4mb"] });
  using world = await openWorld(server, { memoryMaxBytes: 0 });
  using plain = openPlain(server);
  await world.store.write("a", "earlier", AGED);
  const tooLarge = LARGE.repeat(12);
  expect(await world.store.write("a", tooLarge, { fence: 2, ...HOUR })).toBe("failed");
  expect(await world.store.read("a")).toMatchObject({ value: "earlier" });
  await until(async () => (await plain.ourKeys()).length === 1);
});

test("when a piece is lost the value is not there", async () => {
  await using server = await startRedis();
  using world = await openWorld(server, { memoryMaxBytes: 0 });
  using plain = openPlain(server);
  for (const lost of [0, 1]) {
    await world.store.write("a", LARGE, { fence: fenceNow(), ...HOUR });
    const pieces = (await plain.ourKeys()).filter((key) => key.startsWith("wf1:p:"));
    await plain.client.del(pieces[lost] as string);
    expect(await world.store.read("a")).toEqual({ state: "absent" });
  }
});

test("a large value can be read while it is replaced over and over", async () => {
  using writer = await openWorld(await sharedRedis(), { memoryMaxBytes: 0 });
  using reader = await openWorld(writer.redis.target, { memoryMaxBytes: 0 });
  await writer.store.write("a", LARGE, AGED);
  let writing = true;
  const writes = (async () => {
    for (let fence = 2; fence < 40; fence++) {
      await writer.store.write("a", `${LARGE}${fence}`, { fence, ...HOUR });
    }
    writing = false;
  })();
  while (writing) {
    const read = await reader.store.read("a");
    if (read.state !== "found") throw new Error(`Read as ${read.state}.`);
    expect(read.value.startsWith(LARGE)).toBe(true);
  }
  await writes;
});
