import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SetupError } from "../../src/errors.ts";
import { inspectServer } from "../../src/store/embedded/inspect.ts";
import { identityOf } from "../../src/store/embedded/process.ts";
import { queueRole } from "../../src/store/embedded/role.ts";
import { connectTo, startStore, temporaryFolder } from "../helpers/embedded.ts";
import { serverBinary, startRedis } from "../helpers/redis.ts";

test("a killed server is started again, its clients reconnect and nothing is lost", async () => {
  await using folder = await temporaryFolder();
  await using store = await startStore(folder.path);
  using client = connectTo(store.queue.path);
  await client.rpush("jobs", "one");
  for (const _time of ["first", "second"]) {
    await killServer(store.queue.path);
    await expect.poll(() => inspectServer(store.queue.path), { timeout: 5_000 }).toBeDefined();
    await expect.poll(() => client.lrange("jobs", 0, -1).catch(() => [])).toEqual(["one"]);
  }
  const restarts = store.messages.filter((message) => message.endsWith("starting it again."));
  expect(restarts).toEqual(Array(2).fill("Store: the queue store stopped; starting it again."));
});

test("a server that keeps stopping is given up with the end of its log", async () => {
  await using folder = await temporaryFolder();
  await using store = await startStore(folder.path);
  using client = connectTo(store.cache.path);
  const ending = setInterval(() => client.shutdown("NOSAVE").catch(() => undefined), 20);
  const failure = await store.failure;
  clearInterval(ending);
  expect(failure).not.toBeInstanceOf(SetupError);
  expect(failure.message).toMatch(/^The cache store stopped too often\. Its log says:\n.*\n.*\n/);
  expect(failure.message).toContain("store/cache/server.log");
  // One that is stopped while it starts is told of besides.
  expect(store.messages.filter((text) => text.includes("starting it again"))).toHaveLength(3);
});

test("a stop while a server is being started again leaves nothing behind", async () => {
  await using folder = await temporaryFolder();
  const store = await startStore(folder.path);
  await killServer(store.queue.path);
  await expect.poll(() => store.messages.length, { interval: 1 }).toBe(1);
  await store.stop();
  expect(await inspectServer(store.queue.path)).toBeUndefined();
  expect(await inspectServer(store.cache.path)).toBeUndefined();
  await using again = await startStore(folder.path);
  expect(again.messages).toEqual([]);
});

test.each(["with its socket", "without its socket"])(
  "a server left over by an earlier run, %s, is stopped and its data taken over",
  async (which) => {
    await using folder = await temporaryFolder();
    await (await startStore(folder.path)).stop();
    const role = queueRole(join(folder.path, "store"));
    const leftover = spawn(serverBinary(), [role.configFile], {
      cwd: role.folder,
      stdio: "ignore",
    });
    await expect.poll(() => inspectServer(role.socket)).toBeDefined();
    using client = connectTo(role.socket);
    await client.set("a", "1");
    writeFileSync(role.pidFile, `${leftover.pid}\n`);
    if (which === "without its socket") rmSync(role.socket);
    await using store = await startStore(folder.path);
    expect(identityOf(leftover.pid ?? 0)).toBeUndefined();
    expect(store.messages).toEqual(["Store: stopped a server left over from an earlier run."]);
    using after = connectTo(store.queue.path);
    expect(await after.get("a")).toBe("1");
  },
);

test("somebody else's Redis that has the left-over process id by now is left alone", async () => {
  await using folder = await temporaryFolder();
  await using other = await startRedis();
  mkdirSync(join(folder.path, "store/queue"), { recursive: true });
  writeFileSync(join(folder.path, "store/queue/server.pid"), `${other.pid}\n`);
  await using store = await startStore(folder.path);
  expect(await inspectServer(other.socket)).toMatchObject({ pid: other.pid });
  expect(store.messages).toEqual([]);
});

test.each([
  ["too old", 'echo "Redis server v=6.0.16 sha=0:0 malloc=libc bits=64"', "is 6.0.16, too old"],
  ["not a server", 'echo "hello"', "is not a Redis or Valkey server"],
  ["built for another machine", "echo 'libc.so.6: not found' >&2; exit 1", "libc.so.6: not found"],
])("with a server program that is %s the start says so", async (_what, script, because) => {
  await using folder = await temporaryFolder();
  const bin = fakeServer(folder.path, script);
  const start = startStore(join(folder.path, "data"), { searchPath: bin });
  await expect(start).rejects.toThrow(SetupError);
  await expect(start).rejects.toThrow(/^Cannot start: no job store\.\n/);
  await expect(start).rejects.toThrow(because);
});

test("a server that stops at once is told with its last words", async () => {
  await using folder = await temporaryFolder();
  const version = 'echo "Redis server v=7.0.15 sha=0:0"; exit 0';
  const script = `[ "$1" = --version ] && { ${version}; }\necho 'Failed to configure LOCALE' >&2; exit 1`;
  const start = startStore(folder.path, { searchPath: fakeServer(folder.path, script) });
  await expect(start).rejects.toThrow(SetupError);
  await expect(start).rejects.toThrow(
    /^Cannot start: the store stopped at once\. Its log says:\n.*Failed to configure LOCALE/,
  );
  await using store = await startStore(folder.path);
  expect(store.messages).toEqual([]);
});

test("an append-only file that cannot be read stops the start and is not replaced", async () => {
  await using folder = await temporaryFolder();
  const first = await startStore(folder.path);
  const sub = join(folder.path, "store/queue/appendonlydir");
  await first.stop();
  writeFileSync(join(sub, "appendonly.aof.manifest"), "rubbish\n");
  const start = startStore(folder.path);
  await expect(start).rejects.toThrow(/^Cannot start: the store stopped at once\. Its log says:/);
  await expect(start).rejects.toThrow("store/queue/server.log");
});

test("a disk that fills up while running stops writes, not the server, until there is room again", async ({
  skip,
}) => {
  await using folder = await temporaryFolder();
  using mounted = mountTmpfs(folder.path, "size=4m");
  if (!mounted.succeeded) skip("This user may not mount a file system.");
  await using store = await startStore(folder.path);
  using client = connectTo(store.queue.path);
  const filler = join(folder.path, "filler");
  expect(() => writeFileSync(filler, Buffer.alloc(8 * 1024 * 1024))).toThrow("ENOSPC");
  const write = () => client.set("a", "x".repeat(10_000)).catch(String);
  await expect.poll(write, { timeout: 5_000 }).toContain("MISCONF");
  rmSync(filler);
  await expect.poll(write, { timeout: 5_000 }).toBe("OK");
  expect(store.messages).toEqual([]);
});

test("a data folder that is a file is told so", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "data");
  writeFileSync(file, "");
  await expect(startStore(file)).rejects.toThrow(
    `Cannot start: ${file}/store needs a folder where there is a file. Repair that, or set DATA_DIR to another folder.`,
  );
});

test.each([
  ["empty", "."],
  ["used before", "store"],
])("a data folder, %s, that this user cannot write is told so", async (_which, closed) => {
  await using folder = await temporaryFolder();
  if (closed === "store") await (await startStore(folder.path)).stop();
  chmodSync(join(folder.path, closed), 0o555);
  const root = process.getuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  try {
    const start = startStore(folder.path);
    await expect(start).rejects.toThrow(SetupError);
    await expect(start).rejects.toThrow(
      `Cannot start: ${folder.path}/store cannot be written by this user.`,
    );
  } finally {
    if (root) process.seteuid?.(0);
    chmodSync(join(folder.path, closed), 0o755);
  }
});

test.for([
  ["read-only", "ro,size=1m", "is on a read-only file system"],
  ["full", "size=8k", "is on a full disk"],
] as const)(
  "a data folder on a %s file system is told so",
  async ([, options, because], { skip }) => {
    await using folder = await temporaryFolder();
    using mounted = mountTmpfs(folder.path, options);
    if (!mounted.succeeded) skip("This user may not mount a file system.");
    const start = startStore(folder.path);
    await expect(start).rejects.toThrow(SetupError);
    await expect(start).rejects.toThrow(because);
  },
);

/** A file system of its own at `path`, taken away at the end. */
function mountTmpfs(path: string, options: string): Disposable & { readonly succeeded: boolean } {
  const { status } = spawnSync("/bin/mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]);
  return {
    succeeded: status === 0,
    [Symbol.dispose]: () => void spawnSync("/bin/umount", [path]),
  };
}

async function killServer(socket: string): Promise<void> {
  const state = await inspectServer(socket);
  if (state === undefined) throw new Error("No server answers.");
  process.kill(state.pid, "SIGKILL");
}

/** A folder with a `redis-server` that is this shell script. */
function fakeServer(folder: string, script: string): string {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "redis-server"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return bin;
}
