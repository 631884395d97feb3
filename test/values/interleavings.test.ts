/** A value that is removed, or written through, at every step of its making by another: nobody who asks after that gets the old one. */
import { expect, test } from "vitest";
import type { Caches } from "../../src/values/index.ts";
import { createTestCache } from "../../src/values/testing.ts";
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
  if (change === "write through") await changer.writeThrough("key", () => shop.change(), RULES);
  else {
    await shop.change();
    await CHANGES[change]?.(changer);
  }
  const { row } = shop;
  const read = () => reader.remember("key", () => shop.row, RULES);
  const [seen] = await Promise.all([read(), making]);
  expect(seen, `${make}, ${change}`).toBeGreaterThanOrEqual(row);
  expect(await read(), `${make}, ${change}, later`).toBe(shop.row);
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
