import { Queue, Worker } from "bullmq";
import { expect, test } from "vitest";
import { connectForRequests, connectForWorkers, whenReady } from "../../src/redis/connect.ts";
import { queuePrefix } from "../../src/redis/keys.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { recordingLogger, silent, until } from "../store/world.ts";

function forRequests(server: TestRedis, budgetMs: number, logger = silent) {
  const target = { kind: "socket", path: server.socket } as const;
  const client = connectForRequests(target, { budgetMs, role: "queue", logger });
  return { client, [Symbol.dispose]: () => client.disconnect() };
}

function forWorkers(server: TestRedis) {
  const target = { kind: "url", url: server.url } as const;
  const client = connectForWorkers(target, { role: "queue", logger: silent });
  return { client, [Symbol.dispose]: () => client.disconnect() };
}

test("a request's command fails by its budget when Redis is frozen, and works again after", async () => {
  await using server = await startRedis();
  using requests = forRequests(server, 30);
  await until(() =>
    requests.client.ping().then(
      () => true,
      () => false,
    ),
  );
  server.freeze();
  await expect(requests.client.get("a")).rejects.toThrow("timed out");
  server.thaw();
  await until(() =>
    requests.client.ping().then(
      () => true,
      () => false,
    ),
  );
});

test("a request's command fails at once when there is no Redis, and works as soon as there is one", async () => {
  await using server = await startRedis();
  using requests = forRequests(server, 5_000);
  expect(await whenReady(requests.client, 5_000)).toBe(true);
  await server.kill();
  await until(() => requests.client.status !== "ready");
  expect(await whenReady(requests.client, 1)).toBe(false);
  for (let i = 0; i < 1_000; i++) await expect(requests.client.get("a")).rejects.toThrow();
  await server.restart();
  expect(await whenReady(requests.client, 10_000)).toBe(true);
  expect(await requests.client.get("a")).toBeNull();
});

test("a command under way when Redis is killed fails, and is not sent again", async () => {
  await using server = await startRedis();
  using requests = forRequests(server, 10_000);
  await whenReady(requests.client, 5_000);
  server.freeze();
  const adding = requests.client.incr("count");
  process.kill(server.pid, "SIGKILL");
  await expect(adding).rejects.toThrow();
  await server.restart();
  await whenReady(requests.client, 10_000);
  expect(await requests.client.get("count")).toBeNull();
});

test("a worker's command waits until Redis is back", async () => {
  await using server = await startRedis();
  using workers = forWorkers(server);
  await whenReady(workers.client, 5_000);
  await server.kill();
  await until(() => workers.client.status !== "ready");
  const waiting = workers.client.set("a", "1");
  await server.restart();
  expect(await waiting).toBe("OK");
});

test("a lost connection is logged once when it is lost and once when it is back, without the password", async () => {
  await using server = await startRedis({
    args: ["--user", "app", "on", ">hunter2", "~*", "&*", "+@all"],
  });
  const { logger, lines } = recordingLogger();
  const url = server.url.replace("redis://", "redis://app:hunter2@");
  const options = { budgetMs: 1_000, role: "cache", logger } as const;
  const client = connectForRequests({ kind: "url", url }, options);
  expect(await whenReady(client, 5_000)).toBe(true);
  expect(lines).toEqual([]);
  await server.kill();
  await until(() => lines.length > 0);
  for (let i = 0; i < 5; i++) await until(() => client.status === "connecting");
  await server.restart();
  await whenReady(client, 10_000);
  client.disconnect();
  expect(lines.map((line) => line.level)).toEqual(["warn", "info"]);
  expect(JSON.stringify(lines)).not.toContain("hunter2");
});

test("BullMQ takes both kinds as they are: a job added by one is done by the other", async () => {
  await using server = await startRedis();
  using requests = forRequests(server, 5_000);
  using workers = forWorkers(server);
  await whenReady(requests.client, 5_000);
  const prefix = queuePrefix("refresh");
  const queue = new Queue("refresh", { connection: requests.client, prefix });
  const done: unknown[] = [];
  const process = async (job: { data: unknown }) => void done.push(job.data);
  const worker = new Worker("refresh", process, { connection: workers.client, prefix });
  queue.on("error", () => {});
  worker.on("error", () => {});
  await queue.add("one", { key: 1 });
  await until(() => done.length === 1);
  await server.kill();
  await until(() => requests.client.status !== "ready");
  await expect(queue.add("lost", { key: 2 })).rejects.toThrow();
  await server.restart();
  await whenReady(requests.client, 10_000);
  await queue.add("two", { key: 3 });
  await until(() => done.length === 2);
  expect(done).toEqual([{ key: 1 }, { key: 3 }]);
  for (const key of await requests.client.keys("*")) expect(key).toMatch(/^wf1:\{refresh\}:/);
  await worker.close(true);
  await queue.close();
});

test("a name that was taken from a master is resolved again when the server refuses to write", async () => {
  await using server = await startRedis();
  using requests = forRequests(server, 5_000);
  await whenReady(requests.client, 5_000);
  await requests.client.call("REPLICAOF", "127.0.0.1", "1");
  await expect(requests.client.set("a", "1")).rejects.toThrow("READONLY");
  await until(() => requests.client.status !== "ready");
});
