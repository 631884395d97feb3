import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findServer } from "../../../src/store/embedded/find-server.ts";
import { temporaryFolder } from "../../helpers/embedded.ts";

const REDIS_7 = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64";
const REDIS_6_0 = "Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64";
const REDIS_6_2 = "Redis server v=6.2.0 sha=00000000:0 malloc=libc bits=64";
const VALKEY = "Valkey server v=8.1.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64";

test("Valkey is taken before Redis, wherever on PATH they are", async () => {
  await using folder = await temporaryFolder();
  await program(folder.path, "one/redis-server", REDIS_7);
  await program(folder.path, "two/valkey-server", VALKEY);
  const search = await findServer(`${folder.path}/one:${folder.path}/two`, []);
  expect(search).toEqual({
    found: { binary: `${folder.path}/two/valkey-server`, product: "Valkey", version: "8.1.1" },
    missing: [],
  });
});

test("a program that is too old does not hide a newer one further on", async () => {
  await using folder = await temporaryFolder();
  await program(folder.path, "one/redis-server", REDIS_6_0);
  await program(folder.path, "two/redis-server", REDIS_6_2);
  const { found } = await findServer(`${folder.path}/one:${folder.path}/two`, []);
  expect(found).toMatchObject({ binary: `${folder.path}/two/redis-server`, version: "6.2.0" });
});

test("Homebrew's folders are searched when PATH lacks them", async () => {
  await using folder = await temporaryFolder();
  await program(folder.path, "brew/valkey-server", VALKEY);
  const { found } = await findServer("", [join(folder.path, "brew")]);
  expect(found).toMatchObject({ product: "Valkey" });
});

test("each program that was not usable is named with its reason", async () => {
  await using folder = await temporaryFolder();
  await program(folder.path, "one/redis-server", REDIS_6_0);
  expect(await findServer(join(folder.path, "one"), [])).toEqual({
    missing: [
      { name: "valkey-server", because: "not on PATH" },
      { name: "redis-server", because: `${folder.path}/one/redis-server is 6.0.16, too old` },
    ],
  });
});

async function program(folder: string, path: string, version: string): Promise<void> {
  const file = join(folder, path);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, `#!/bin/sh\n[ "$1" = --version ] && echo '${version}'\n`, { mode: 0o755 });
}
