import { chmod, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packRecord, unpackRecord } from "../../src/items/record.ts";
import { itemKey } from "../../src/redis/keys.ts";
import { createSealer } from "../../src/store/seal.ts";
import { itemsWorld, KEY, serveItems } from "../helpers/items.ts";

const sealer = createSealer([KEY]);
const identity = { path: "/a", fingerprint: "0".repeat(32) };
const record = (text: string, goodAt: number) => ({ body: Buffer.from(text), goodAt });

test("a packed value is unpacked for the same path and source only, and whole only", () => {
  const packed = packRecord(sealer, identity, record("canary", 1_234));
  expect(unpackRecord(sealer, identity, packed)).toEqual({
    state: "found",
    record: record("canary", 1_234),
  });
  expect(packed.toString("latin1")).not.toContain("canary");
  const stateFor = (who: object, what = packed) =>
    unpackRecord(sealer, { ...identity, ...who }, what).state;
  expect(stateFor({ path: "/b" })).toBe("corrupt");
  expect(stateFor({ fingerprint: "1".repeat(32) })).toBe("other");
  expect(stateFor({}, packed.subarray(0, -1))).toBe("corrupt");
  expect(stateFor({}, Buffer.alloc(0))).toBe("corrupt");
  expect(stateFor({}, Buffer.from('{"v":1}'))).toBe("corrupt");
});

test("the date of a packed value cannot be changed", () => {
  const text = packRecord(sealer, identity, record("x", 1_234)).toString("latin1");
  const younger = Buffer.from(text.replace(" 1234\n", " 9999\n"), "latin1");
  expect(unpackRecord(sealer, identity, younger).state).toBe("corrupt");
});

test("both copies are written, and either one will do", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world);
  await t.store.write(identity, record("one", 1));
  await t.client.del(itemKey("/a"));
  expect(await t.store.read(identity)).toEqual(record("one", 1));
  await t.store.write(identity, record("two", 2));
  await rm(world.folder, { recursive: true });
  expect(await t.store.read(identity)).toEqual(record("two", 2));
});

test("what another machine has stored is copied to the disk here when it is read", async () => {
  await using world = await itemsWorld();
  await using elsewhere = await itemsWorld({ redisUrl: world.redisUrl });
  await using there = await serveItems(elsewhere);
  await using here = await serveItems(world);
  await there.store.write(identity, record("one", 1));
  expect(await readdir(world.folder)).toEqual([]);
  expect(await here.store.read(identity)).toEqual(record("one", 1));
  await there.store.write(identity, record("two", 2));
  expect(await here.store.read(identity)).toEqual(record("two", 2));
  await here.client.del(itemKey("/a"));
  expect(await here.store.read(identity)).toEqual(record("two", 2));
});

test("in Redis an older value replaces no newer one of the same source", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world);
  const readRedis = async () => {
    const packed = (await t.client.getBuffer(itemKey("/a"))) as Buffer;
    const unpacked = unpackRecord(sealer, identity, packed);
    return unpacked.state === "found" ? String(unpacked.record.body) : unpacked.state;
  };
  await t.store.write(identity, record("new", 2));
  await t.store.write(identity, record("old", 1));
  expect(await readRedis()).toBe("new");
  await t.store.write({ ...identity, fingerprint: "1".repeat(32) }, record("x", 1));
  expect(await readRedis()).toBe("other");
  await t.store.write(identity, record("ahead", Date.now() + 1_000_000));
  await t.store.write(identity, record("right", 3));
  expect(await readRedis()).toBe("right");
});

test("a damaged copy is put aside and complained of once, and the other one is read", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world);
  await t.store.write(identity, record("one", 1));
  const [name = ""] = await readdir(world.folder);
  const file = join(world.folder, name);
  await chmod(file, 0o600);
  await writeFile(file, "damaged");
  expect(await t.store.read(identity)).toEqual(record("one", 1));
  expect((await readdir(world.folder)).toSorted()).toEqual([name, `${name}.corrupt`]);
  await t.client.set(itemKey("/a"), "damaged");
  for (const _ of [1, 2, 3]) expect(await t.store.read(identity)).toEqual(record("one", 1));
  const complaints = t.lines.filter(({ level }) => level === "error");
  expect(complaints.map(({ copy }) => copy)).toEqual(["disk", "Redis"]);
});

test("with a new key before the old one everything is still read; without the old one nothing is", async () => {
  const next = Buffer.alloc(32, 2);
  await using world = await itemsWorld();
  await using before = await serveItems(world);
  await before.store.write(identity, record("one", 1));
  await using during = await serveItems(world, { keys: [next, KEY] });
  expect(await during.store.read(identity)).toEqual(record("one", 1));
  await during.store.write(identity, record("two", 2));
  await using after = await serveItems(world, { keys: [next] });
  expect(await after.store.read(identity)).toEqual(record("two", 2));
  await using lost = await serveItems(world, { keys: [Buffer.alloc(32, 3)] });
  expect(await lost.store.read(identity)).toBeUndefined();
});
