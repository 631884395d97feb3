import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { SetupError } from "../../src/errors.ts";
import { inspectServer } from "../../src/store/embedded/inspect.ts";
import { identityOf } from "../../src/store/embedded/process.ts";
import { connectTo, startStore, temporaryFolder } from "../helpers/embedded.ts";

test("the queue server keeps everything and the cache server is bounded", async () => {
  await using folder = await temporaryFolder();
  await using store = await startStore(folder.path);
  using queue = connectTo(store.queue.path);
  using cache = connectTo(store.cache.path);
  const setting = async (client: typeof queue, name: string) =>
    ((await client.config("GET", name)) as string[])[1];
  expect(await setting(queue, "maxmemory-policy")).toBe("noeviction");
  expect(await setting(queue, "maxmemory")).toBe("0");
  expect(await setting(queue, "appendonly")).toBe("yes");
  expect(await setting(queue, "appendfsync")).toBe("everysec");
  expect(await setting(cache, "maxmemory-policy")).toBe("allkeys-lfu");
  expect(await setting(cache, "maxmemory")).toBe(String(16 * 1024 * 1024));
  expect(await setting(cache, "appendonly")).toBe("no");
  expect(await setting(cache, "save")).toBe("");
  expect(store.description).toMatch(/^(Redis|Valkey) \d+\.\d+\S* from PATH, data in .*\/store$/);
  expect(store.messages).toEqual([]);
});

test("jobs are there after a stop and a start, at the same place", async () => {
  await using folder = await temporaryFolder();
  const first = await startStore(folder.path);
  using client = connectTo(first.queue.path);
  await client.rpush("jobs", "one", "two");
  await first.stop();
  await using second = await startStore(folder.path);
  expect(second.queue).toEqual(first.queue);
  expect(await client.lrange("jobs", 0, -1)).toEqual(["one", "two"]);
});

test("a stop ends both servers and leaves the folder to the next start", async () => {
  await using folder = await temporaryFolder();
  const store = await startStore(folder.path);
  const states = await Promise.all([store.queue, store.cache].map((at) => inspectServer(at.path)));
  const pids = states.map((state) => state?.pid ?? 0);
  expect(pids.map((pid) => identityOf(pid) !== undefined)).toEqual([true, true]);
  await store.stop();
  expect(pids.map(identityOf)).toEqual([undefined, undefined]);
  expect(existsSync(join(folder.path, "store/owner.json"))).toBe(false);
  expect(existsSync(join(folder.path, "store/queue/server.pid"))).toBe(false);
});

test("a second start in the same folder is refused and leaves the first alone", async () => {
  await using folder = await temporaryFolder();
  await using store = await startStore(folder.path);
  const owner = readFileSync(join(folder.path, "store/owner.json"), "utf8");
  const second = startStore(folder.path);
  await expect(second).rejects.toThrow(SetupError);
  await expect(second).rejects.toThrow(
    `Cannot start: ${folder.path}/store is in use by another copy (process ${process.pid}). Stop it, or set DATA_DIR to another folder.`,
  );
  using client = connectTo(store.queue.path);
  expect(await client.ping()).toBe("PONG");
  expect(readFileSync(join(folder.path, "store/owner.json"), "utf8")).toBe(owner);
});

test.each([
  ["whose path is too long for a socket", "d".repeat(90)],
  ["whose name has spaces, quotes and other signs", `my "data" $HOME 'x' é`],
])("a folder %s works", async (_which, name) => {
  await using folder = await temporaryFolder();
  const dataDir = join(folder.path, name);
  const first = await startStore(dataDir);
  using client = connectTo(first.queue.path);
  await client.set("a", "1");
  await first.stop();
  const second = await startStore(dataDir);
  expect(second.queue.path.length).toBeLessThanOrEqual(100);
  expect(await client.get("a")).toBe("1");
  await second.stop();
  for (const { path } of [second.queue, second.cache]) rmSync(dirname(path), { recursive: true });
});

test("a start waits until a large file has been read", async () => {
  await using folder = await temporaryFolder();
  const first = await startStore(folder.path);
  using client = connectTo(first.queue.path);
  const fill = "for i = 1, 300000 do redis.call('SET', 'key:' .. i, 'value of it') end";
  await client.eval(fill, 0);
  await first.stop();
  await using second = await startStore(folder.path);
  using reader = connectTo(second.queue.path);
  expect(await reader.dbsize()).toBe(300_000);
});
