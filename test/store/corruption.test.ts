import fc from "fast-check";
import { expect, test } from "vitest";
import { entryKey } from "../../src/redis/keys.ts";
import { INLINE_BYTES } from "../../src/store/frame.ts";
import { sharedRedis } from "../helpers/redis.ts";
import { openPlain, openWorld } from "./world.ts";

const HOUR = { ttlMs: 3_600_000 };

/** What may happen to bytes at rest or on their way. */
const damage = fc.oneof(
  fc.record({
    kind: fc.constant("flip" as const),
    at: fc.nat(),
    mask: fc.integer({ min: 1, max: 255 }),
  }),
  fc.record({ kind: fc.constant("cut" as const), at: fc.nat() }),
  fc.record({
    kind: fc.constant("insert" as const),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1 }),
  }),
  fc.record({ kind: fc.constant("replace" as const), bytes: fc.uint8Array() }),
);
type Damage = typeof damage extends fc.Arbitrary<infer D> ? D : never;

function apply(blob: Buffer, done: Damage): Buffer {
  if (done.kind === "replace") return Buffer.from(done.bytes);
  const at = done.at % blob.length;
  if (done.kind === "cut") return blob.subarray(0, at);
  if (done.kind === "insert") {
    return Buffer.concat([blob.subarray(0, at), done.bytes, blob.subarray(at)]);
  }
  const flipped = Buffer.from(blob);
  flipped.writeUInt8(flipped.readUInt8(at) ^ done.mask, at);
  return flipped;
}

test("a damaged blob is never an error and never another value", async () => {
  const at = await sharedRedis();
  using world = await openWorld(at, { memoryMaxBytes: 0 });
  using plain = openPlain(at);
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 300 }), damage, async (value, done) => {
      const key = `key ${round++}`;
      const latin = Buffer.from(value).toString("latin1");
      await world.store.write(key, latin, { fence: round, ...HOUR });
      const blob = (await plain.blobOf(key)) as Buffer;
      await plain.client.set(entryKey(key), apply(blob, done));
      expect(await world.store.read(key)).toEqual({ state: "absent" });
      expect(await world.store.write(key, "new", { fence: round, ...HOUR })).toBe("written");
      expect(await world.store.read(key)).toMatchObject({ value: "new" });
    }),
    { numRuns: 300 },
  );
});

test("a damaged piece is never an error and never another value", async () => {
  const at = await sharedRedis();
  using world = await openWorld(at, { memoryMaxBytes: 0 });
  using plain = openPlain(at);
  const value = "large ".repeat(INLINE_BYTES / 5);
  let round = 0;
  await fc.assert(
    fc.asyncProperty(damage, async (done) => {
      const key = `key ${round++}`;
      await world.store.write(key, value, { fence: 1, ...HOUR });
      const [piece = ""] = await plain.client.keys(
        `wf1:p:${entryKey(key).slice("wf1:e:".length)}:*`,
      );
      const bytes = (await plain.client.getBuffer(piece)) as Buffer;
      await plain.client.set(piece, apply(bytes, done));
      expect(await world.store.read(key)).toEqual({ state: "absent" });
      await plain.client.unlink(piece);
    }),
    { numRuns: 60 },
  );
});

test("a key of another kind fails to be written and reads as absent", async () => {
  const at = await sharedRedis();
  using world = await openWorld(at);
  using plain = openPlain(at);
  await plain.client.rpush(entryKey("a"), "a list");
  expect(await world.store.read("a")).toEqual({ state: "absent" });
  expect(await world.store.write("a", "one", { fence: 1, ...HOUR })).toBe("failed");
});
