import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SetupError } from "../../src/errors.ts";
import { openSealer } from "../../src/open-sealer.ts";
import { folderWith } from "../helpers/configuration.ts";

const given = Buffer.alloc(32, 7);
const plain = Buffer.from("canary");
const redis = {};

test("over the embedded store a key is made once, for this user alone, and used again", async () => {
  await using folder = await folderWith({});
  const dataDir = join(folder.path, "data");
  const sealed = openSealer({ secretKeys: [], redis, dataDir }, "items").seal(plain, "a");
  expect(openSealer({ secretKeys: [], redis, dataDir }, "items").open(sealed, "a")).toEqual(plain);
  expect(await readdir(dataDir)).toEqual(["secret-key"]);
  expect((await stat(join(dataDir, "secret-key"))).mode & 0o777).toBe(0o600);
});

test("a configured key seals from then on, and the generated one still opens", async () => {
  await using folder = await folderWith({});
  const dataDir = folder.path;
  const before = openSealer({ secretKeys: [], redis, dataDir }, "items").seal(plain, "a");
  const sealer = openSealer({ secretKeys: [given], redis, dataDir }, "items");
  expect(sealer.open(before, "a")).toEqual(plain);
  expect(
    openSealer({ secretKeys: [], redis, dataDir }, "items").open(sealer.seal(plain, "a"), "a"),
  ).toBeUndefined();
});

test("with a configured key none is made", async () => {
  await using folder = await folderWith({});
  openSealer({ secretKeys: [given], redis, dataDir: folder.path }, "items");
  expect(await readdir(folder.path)).toEqual([]);
});

test("over a configured Redis the start says what to set, and makes no key that other processes would not have", async () => {
  await using folder = await folderWith({});
  const elsewhere = { queue: { kind: "url", url: "redis://127.0.0.1:1" } } as const;
  const open = () =>
    openSealer({ secretKeys: [], redis: elsewhere, dataDir: folder.path }, "items");
  expect(open).toThrow(SetupError);
  expect(open).toThrow(/items need a key.*WARMFRONT_SECRET_KEY.*openssl/s);
  expect(await readdir(folder.path)).toEqual([]);
});

test("a key file that holds no key stops the start, because another key would open nothing", async () => {
  await using folder = await folderWith({ "secret-key": "canary" });
  const open = () => openSealer({ secretKeys: [], redis, dataDir: folder.path }, "items");
  expect(open).toThrow(/secret-key does not hold a key/);
  expect(open).not.toThrow(/canary/);
});
