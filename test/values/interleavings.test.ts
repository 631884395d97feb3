/** A value that is removed, or written through, at every step of its making by another: nobody who asks after that gets the old one. */
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import type { Caches } from "../../src/values/index.ts";
import { createTestCache } from "../../src/values/testing.ts";
import { gate } from "../helpers/jobs.ts";
import { sharedRedis } from "../helpers/redis.ts";
import { openCache } from "./opening.ts";

const RULES = { tags: ["tag"], ttl: 60 };

/** A database of one row, which only grows. */
class Shop {
  row = 1;

  async change(): Promise<number> {
    this.row += 1;
    return this.row;
  }

  async readSlowly(): Promise<number> {
    const { row } = this;
    await new Promise(setImmediate);
    return row;
  }
}

const MAKINGS: Record<string, (shop: Shop, cache: Caches) => Promise<unknown>> = {
  read: (shop, cache) => cache.remember("key", () => shop.row, RULES),
  "slow read": (shop, cache) => cache.remember("key", () => shop.readSlowly(), RULES),
  "write through": (shop, cache) => cache.writeThrough("key", () => shop.change(), RULES),
};

const CHANGES: Record<string, (cache: Caches) => Promise<unknown>> = {
  delete: (cache) => cache.delete("key"),
  tag: (cache) => cache.invalidateTag("tag"),
  clear: (cache) => cache.clear(),
  pattern: (cache) => cache.clearPattern("k*"),
};

/** Whoever asks `reader` after the change gets what was changed or later, and what is true when all is over. */
async function expectNew(
  { maker, changer, reader }: Record<"maker" | "changer" | "reader", Caches>,
  [make, change]: readonly [string, string],
  pass: () => Promise<void>,
): Promise<void> {
  const shop = new Shop();
  const making = MAKINGS[make]?.(shop, maker);
  await pass();
  const row = await changeRow(shop, change, changer);
  const read = () => reader.remember("key", () => shop.row, RULES);
  const [seen] = await Promise.all([read(), making]);
  expect(seen, `${make}, ${change}`).toBeGreaterThanOrEqual(row);
  expect(await read(), `${make}, ${change}, later`).toBe(shop.row);
}

/** What the row was changed to; the maker may change it again meanwhile. */
async function changeRow(shop: Shop, change: string, changer: Caches): Promise<number> {
  if (change === "write through") return changer.writeThrough("key", () => shop.change(), RULES);
  const row = await shop.change();
  await CHANGES[change]?.(changer);
  return row;
}

const PAIRS = Object.keys(MAKINGS).flatMap((make) =>
  [...Object.keys(CHANGES), "write through"].map((change) => [make, change] as const),
);

test.each(PAIRS)("in memory: %s, then %s after any number of turns", async (make, change) => {
  const { cache } = createTestCache();
  for (let turns = 0; turns < 80; turns++) {
    await expectNew({ maker: cache, changer: cache, reader: cache }, [make, change], async () => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    });
    await cache.clear();
  }
});

test.each(PAIRS)("over Redis: %s, then %s in another process", async (make, change) => {
  const { url } = await sharedRedis();
  const open = (namespace: string) =>
    openCache({ redis: url, namespace, memoryMaxBytes: 0, storeBudget: 5 });
  const namespace = `interleavings-${make}-${change}`.replaceAll(" ", "-");
  await using maker = open(namespace);
  await using changer = open(namespace);
  await Promise.all([maker.ready(), changer.ready()]);
  for (let turns = 0; turns < 24; turns++) {
    await expectNew({ maker, changer, reader: maker }, [make, change], async () => {
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    });
    await changer.clear();
  }
});

test.each([
  ["clear", (cache: Caches) => cache.clear()],
  ["clearPattern", (cache: Caches) => cache.clearPattern("*")],
] as const)(
  "a removal that comes while %s still frees room is not undone by it",
  async (name, clear) => {
    const { url } = await sharedRedis();
    await using cache = openCache({ redis: url, namespace: `room-${name}`, memoryMaxBytes: 0 });
    await cache.ready();
    const old = Array.from({ length: 5_000 }, (_, n) => [`old ${n}`, n] as const);
    await Promise.all(old.map(([key, value]) => cache.set(key, value)));
    const clearing = clear(cache);
    if (name === "clear") await clearing;
    const held = gate();
    const keys = Array.from({ length: 50 }, (_, n) => `key ${n}`);
    const started: string[] = [];
    const making = keys.map((key) =>
      cache.remember(key, async () => {
        started.push(key);
        await held.opened;
        return "old";
      }),
    );
    await expect.poll(() => started.length).toBe(keys.length);
    await Promise.all(keys.map((key) => cache.delete(key)));
    await clearing;
    await using client = openClient(url);
    await expect.poll(() => client.left("old ")).toBe(0);
    held.open();
    await Promise.all(making);
    expect(await cache.getMany(keys)).toEqual(new Map());
  },
);

function openClient(url: string) {
  const client = new Redis(url);
  return {
    left: async (start: string) => (await client.keys(`*:${start}*`)).length,
    [Symbol.asyncDispose]: async () => client.disconnect(),
  };
}
