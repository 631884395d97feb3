import { expect, test } from "vitest";
import { entryKey } from "../../src/redis/keys.ts";
import type { StoreRedis } from "../../src/redis/store-redis.ts";
import { INLINE_BYTES, PIECE_BYTES } from "../../src/store/frame.ts";
import { Reader } from "../../src/store/reader.ts";
import { sharedRedis } from "../helpers/redis.ts";
import { openWorld } from "./world.ts";

const HOUR = { ttlMs: 3_600_000 };

/** The same Redis, with a count of the questions under way. */
function counting(redis: StoreRedis) {
  const counts = { asked: 0, now: 0, most: 0 };
  const ask: StoreRedis["ask"] = async (command) => {
    counts.asked += 1;
    counts.now += 1;
    counts.most = Math.max(counts.most, counts.now);
    try {
      return await redis.ask(command);
    } finally {
      counts.now -= 1;
    }
  };
  return { counts, redis: { ...redis, ask } };
}

test("values up to 64 KiB come in one question, larger ones take one more for each piece", async () => {
  using world = await openWorld(await sharedRedis());
  const sizes = [0, 1, INLINE_BYTES, INLINE_BYTES + 1, 2 * PIECE_BYTES, 2 * PIECE_BYTES + 1];
  for (const size of sizes) {
    await world.store.write(`${size}`, "x".repeat(size), { fence: 1, ...HOUR });
  }
  const { counts, redis } = counting(world.redis);
  const reader = new Reader(redis);
  const asked: number[] = [];
  for (const size of sizes) {
    counts.asked = 0;
    const read = await reader.read(entryKey(`${size}`));
    if (read.state !== "found") throw new Error(read.state);
    expect(read.payload).toHaveLength(size);
    asked.push(counts.asked);
  }
  expect(asked).toEqual([1, 1, 1, 2, 3, 4]);
});

test("hundreds of keys in one turn are a few questions; the next turn asks anew", async () => {
  using world = await openWorld(await sharedRedis());
  const { counts, redis } = counting(world.redis);
  const reader = new Reader(redis);
  const keys = Array.from({ length: 300 }, (_, i) => entryKey(`key ${i}`));
  const reads = await Promise.all(keys.map((key) => reader.read(key)));
  expect(reads.every((read) => read.state === "absent")).toBe(true);
  expect(counts.asked).toBe(3);
  await reader.read(keys[0] as string);
  expect(counts.asked).toBe(4);
});

test("of many large values few pieces are asked for at a time", async () => {
  using world = await openWorld(await sharedRedis(), { memoryMaxBytes: 0 });
  const large = "x".repeat(INLINE_BYTES + 1);
  const keys = Array.from({ length: 30 }, (_, i) => `key ${i}`);
  for (const key of keys) await world.store.write(key, large, { fence: 1, ...HOUR });
  const { counts, redis } = counting(world.redis);
  const reader = new Reader(redis);
  const reads = await Promise.all(keys.map((key) => reader.read(entryKey(key))));
  expect(reads.every((read) => read.state === "found")).toBe(true);
  expect(counts.most).toBeLessThanOrEqual(4);
});

test("a small value that memory will hold does not hold the network's chunk", async () => {
  const at = await sharedRedis();
  let chunks: number[] = [];
  const codec = {
    encode: (text: string) => Buffer.from(text),
    decode: (blob: Buffer) => {
      chunks.push(blob.buffer.byteLength);
      return blob.toString();
    },
    sizeOf: (text: string) => text.length,
  };
  using writer = await openWorld(at);
  using holding = await openWorld(at, { codec });
  using passing = await openWorld(at, { codec, memoryMaxBytes: 0 });
  const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`);
  for (const key of keys) await writer.store.write(key, "x".repeat(500), { fence: 1, ...HOUR });
  await Promise.all(keys.map((key) => holding.store.read(key)));
  expect(Math.max(...chunks)).toBeLessThan(2_000);
  chunks = [];
  await Promise.all(keys.map((key) => passing.store.read(key)));
  expect(Math.max(...chunks)).toBeGreaterThan(5_000);
});
