import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { openDiskCopies } from "../../src/items/disk.ts";
import { packRecord } from "../../src/items/record.ts";
import { createSealer } from "../../src/store/seal.ts";
import { folderWith } from "../helpers/configuration.ts";

const sealer = createSealer([Buffer.alloc(32, 1)]);
const identity = { path: "/a", fingerprint: "0".repeat(32) };
const packed = (text: string, goodAt: number, fingerprint = identity.fingerprint) =>
  packRecord(sealer, { ...identity, fingerprint }, { body: Buffer.from(text), goodAt });
const fileName = `${createHash("sha256").update("/a").digest("hex")}.item`;

test("a copy comes back as it was written, nobody may change it, and nothing else is left in the folder", async () => {
  await using folder = await folderWith({});
  const copies = openDiskCopies(join(folder.path, "deep/er"));
  expect(await copies.read("/a")).toBeUndefined();
  await copies.write("/a", packed("one", 1));
  await copies.write("/a", packed("two", 2));
  expect(await copies.read("/a")).toEqual(await readFile(join(folder.path, "deep/er", fileName)));
  expect((await stat(join(folder.path, "deep/er", fileName))).mode & 0o777).toBe(0o400);
  expect((await stat(join(folder.path, "deep/er"))).mode & 0o777).toBe(0o700);
  expect(await readdir(join(folder.path, "deep/er"))).toEqual([fileName]);
});

test("a path leads to no file outside the folder", async () => {
  await using folder = await folderWith({});
  const copies = openDiskCopies(folder.path);
  await copies.write("/../../x\0/é", packed("one", 1));
  expect(await readdir(folder.path)).toEqual([expect.stringMatching(/^[\da-f]{64}\.item$/)]);
});

test("an older value replaces no newer one of the same source, unless that is from the future", async () => {
  await using folder = await folderWith({});
  const copies = openDiskCopies(folder.path);
  const newer = packed("new", 2_000);
  await copies.write("/a", newer);
  await copies.write("/a", packed("old", 1_000));
  expect(await copies.read("/a")).toEqual(newer);
  const other = packed("other", 1_000, "1".repeat(32));
  await copies.write("/a", other);
  expect(await copies.read("/a")).toEqual(other);
  await copies.write("/a", packed("ahead", Date.now() + 1_000_000, "1".repeat(32)));
  await copies.write("/a", other);
  expect(await copies.read("/a")).toEqual(other);
});

test("what is not a copy is replaced, and put aside when told to", async () => {
  await using folder = await folderWith({ [fileName]: "rubbish" });
  const copies = openDiskCopies(folder.path);
  await copies.quarantine("/a");
  expect(await readFile(join(folder.path, `${fileName}.corrupt`), "utf8")).toBe("rubbish");
  expect(await copies.read("/a")).toBeUndefined();
  await writeFile(join(folder.path, fileName), "rubbish");
  const one = packed("one", 1);
  await copies.write("/a", one);
  expect(await copies.read("/a")).toEqual(one);
});

test("what killed processes have left is removed at the next start, what running ones write is not", async () => {
  const [old, young] = [`.${"a".repeat(32)}`, `.${"b".repeat(32)}`];
  await using folder = await folderWith({ [old]: "", [young]: "", ".hidden": "", other: "" });
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(join(folder.path, old), longAgo, longAgo);
  openDiskCopies(folder.path);
  expect((await readdir(folder.path)).toSorted()).toEqual([young, ".hidden", "other"].toSorted());
});

test("a folder that cannot be written to stops the start and says which setting it is", async () => {
  await using folder = await folderWith({ file: "" });
  expect(() => openDiskCopies(join(folder.path, "file"))).toThrow(
    /^Cannot start: copies of items cannot be written to .*file \(E\w+\)\.\n.*cache_dir/,
  );
  await mkdir(join(folder.path, "closed"));
  await chmod(join(folder.path, "closed"), 0o500);
  if (process.getuid?.() !== 0)
    expect(() => openDiskCopies(join(folder.path, "closed"))).toThrow(/EACCES/);
});

test("on a full disk the old copy stays whole, and the next one that fits is written", async () => {
  await using folder = await folderWith({});
  const script = fileURLToPath(new URL("./full-disk.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(
    "sh",
    ["-c", LIMITED, process.execPath, script, folder.path],
    { env: { ...process.env, TSX_DISABLE_CACHE: "1" } },
  );
  const { whileFull, after, lines } = JSON.parse(stdout);
  expect([whileFull, after]).toEqual(["small", "small again"]);
  expect(lines).toMatchObject([
    {
      level: "warn",
      msg: "Copies of items cannot be written to disk",
      reason: expect.stringContaining("EFBIG"),
    },
    { level: "info", msg: "Copies of items can be written to disk again" },
  ]);
  expect(await readdir(folder.path)).toEqual([fileName]);
});

/** No file of this process grows beyond 100 blocks. */
const LIMITED = 'ulimit -f 100; exec "$0" --import tsx "$1" "$2"';
