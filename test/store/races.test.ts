import { expect, test } from "vitest";
import { entryKey } from "../../src/redis/keys.ts";
import { connectStore, type StoreRedis } from "../../src/redis/store-redis.ts";
import { PIECE_BYTES } from "../../src/store/frame.ts";
import { createTieredStore } from "../../src/store/tiered.ts";
import type { Tracking } from "../../src/store/tracking.ts";
import { sharedRedis } from "../helpers/redis.ts";
import { openPlain, openWorld, silent, until } from "./world.ts";

const HOUR = { ttlMs: 3_600_000 };

/** A store over a real Redis whose announcements come exactly when the test says so. */
async function openRaced(at: { url: string }) {
  let listener: Parameters<Tracking["listen"]>[0] = {};
  const tracking: Tracking = {
    tracked: true,
    listen: (given) => {
      listener = given;
      return () => {};
    },
    restart: () => {},
    close: () => {},
  };
  const hooks = { beforeReplyOfWork: async () => {}, whileDecoding: () => {} };
  const real = connectStore({ kind: "url", url: at.url }, { budgetMs: 5_000, logger: silent });
  const redis: StoreRedis = {
    ...real,
    work: async (command) => {
      const reply = await real.work(command);
      await hooks.beforeReplyOfWork();
      return reply;
    },
  };
  const codec = {
    encode: (text: string) => Buffer.from(text),
    decode: (blob: Buffer) => {
      hooks.whileDecoding();
      return blob.toString();
    },
    sizeOf: (text: string) => text.length,
  };
  const store = createTieredStore({
    redis,
    tracking,
    codec,
    memoryMaxBytes: 1_000_000,
    logger: silent,
  });
  await real.ready(10_000);
  const announce = (key: string) => listener.invalidated?.([entryKey(key)]);
  return { store, announce, hooks, [Symbol.dispose]: () => real.close() };
}

test("a reply that an announcement has overtaken is given out, but not held", async () => {
  const at = await sharedRedis();
  using raced = await openRaced(at);
  using other = await openWorld(at);
  await other.store.write("a", "one", { fence: 1, ...HOUR });
  raced.hooks.whileDecoding = () => raced.announce("a");
  expect(await raced.store.read("a")).toMatchObject({ value: "one" });
  expect(raced.store.peek("a")).toBeUndefined();
  raced.hooks.whileDecoding = () => raced.announce("b");
  expect(await raced.store.read("a")).toMatchObject({ value: "one" });
  expect(raced.store.peek("a")).toBe("one");
});

test("when another's write and its announcement overtake the reply to an own write, the other's value is served", async () => {
  const at = await sharedRedis();
  using raced = await openRaced(at);
  using other = await openWorld(at);
  raced.hooks.beforeReplyOfWork = async () => {
    await other.store.write("a", "newer", { fence: 2, ...HOUR });
    raced.announce("a");
  };
  expect(await raced.store.write("a", "older", { fence: 1, ...HOUR })).toBe("written");
  await until(() => raced.store.peek("a") === undefined);
  expect(await raced.store.read("a")).toMatchObject({ value: "newer" });
});

test("one announcement for an own write and another's after it does not keep the own", async () => {
  const at = await sharedRedis();
  using raced = await openRaced(at);
  using other = await openWorld(at);
  await raced.store.write("a", "older", { fence: 1, ...HOUR });
  await other.store.write("a", "newer", { fence: 2, ...HOUR });
  expect(raced.store.peek("a")).toBe("older");
  raced.announce("a");
  await until(() => raced.store.peek("a") === undefined);
  expect(await raced.store.read("a")).toMatchObject({ value: "newer" });
});

test("a write whose reply is lost does not hide what another wrote meanwhile", async () => {
  const at = await sharedRedis();
  using raced = await openRaced(at);
  using other = await openWorld(at);
  raced.hooks.beforeReplyOfWork = async () => {
    await other.store.write("a", "newer", { fence: 2, ...HOUR });
    raced.announce("a");
    throw new Error("the reply is lost");
  };
  expect(await raced.store.write("a", "older", { fence: 1, ...HOUR })).toBe("failed");
  expect(raced.store.peek("a")).toBeUndefined();
  expect(await raced.store.read("a")).toMatchObject({ value: "newer" });
});

test("a large value whose first piece is evicted before the last is written is not stored", async () => {
  const at = await sharedRedis();
  using raced = await openRaced(at);
  using plain = openPlain(at);
  raced.hooks.beforeReplyOfWork = async () => {
    await plain.client.flushdb();
  };
  const large = "large ".repeat(PIECE_BYTES / 3);
  expect(await raced.store.write("a", large, { fence: 1, ...HOUR })).toBe("failed");
  raced.hooks.beforeReplyOfWork = async () => {};
  expect(await plain.blobOf("a")).toBeNull();
});

test("what was being read when everything was flushed is not held", async () => {
  const at = await sharedRedis();
  using raced = await openRaced(at);
  using other = await openWorld(at);
  await other.store.write("a", "one", { fence: 1, ...HOUR });
  const reading = raced.store.read("a");
  raced.store.close();
  await reading;
  expect(raced.store.peek("a")).toBeUndefined();
  expect(raced.store.stats().memoryEntries).toBe(0);
});

test("a removal is not undone by a read that began before it", async () => {
  const at = await sharedRedis();
  using raced = await openRaced(at);
  using other = await openWorld(at);
  await other.store.write("a", "one", { fence: 1, ...HOUR });
  let removing: Promise<number> | undefined;
  raced.hooks.whileDecoding = () => {
    removing = raced.store.remove(["a"]);
  };
  expect(await raced.store.read("a")).toMatchObject({ value: "one" });
  expect(await removing).toBe(1);
  expect(raced.store.peek("a")).toBeUndefined();
});
