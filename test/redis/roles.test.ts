import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { checkRoles } from "../../src/redis/roles.ts";
import { watchRoles } from "../../src/redis/watch-roles.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { recordingLogger, until } from "../store/world.ts";

function connect(server: TestRedis, user?: string) {
  const client = new Redis({ path: server.socket, ...(user && { username: user, password: "x" }) });
  return { client, [Symbol.dispose]: () => client.disconnect() };
}

const BOUNDED = ["--maxmemory", "64mb"];

test.each([
  ["allkeys-lfu", BOUNDED, undefined],
  ["volatile-ttl", BOUNDED, undefined],
  ["noeviction", BOUNDED, /cache store refuses .* noeviction\. Set it to allkeys-lfu/],
  ["noeviction", [], /cache store grows without bound: its maxmemory is 0 .* allkeys-lfu/],
  ["allkeys-lru", [], /cache store grows without bound/],
] as const)("a cache store with policy %s and %j: %s", async (policy, args, message) => {
  await using jobs = await startRedis();
  await using responses = await startRedis({ policy, args });
  using queue = connect(jobs);
  using cache = connect(responses);
  const findings = await checkRoles({ queue: queue.client, cache: cache.client });
  if (message === undefined) return expect(findings).toEqual([]);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ role: "cache", level: "warn", policy });
  expect(findings[0]?.message).toMatch(message);
});

test("a queue store that evicts is named with its policy and the right one, also where CONFIG is forbidden", async () => {
  await using jobs = await startRedis({ policy: "allkeys-lru", args: BOUNDED });
  await using responses = await startRedis({ policy: "allkeys-lfu", args: BOUNDED });
  using admin = connect(jobs);
  await admin.client.call("ACL", "SETUSER", "app", "on", ">x", "~*", "+@all", "-config");
  using queue = connect(jobs, "app");
  using cache = connect(responses);
  await expect(queue.client.config("GET", "maxmemory")).rejects.toThrow("NOPERM");
  const findings = await checkRoles({ queue: queue.client, cache: cache.client });
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ role: "queue", level: "warn", policy: "allkeys-lru" });
  expect(findings[0]?.message).toContain("is allkeys-lru and must be noeviction");
});

test("one server for both roles is told what noeviction means for it", async () => {
  await using server = await startRedis();
  using queue = connect(server);
  using cache = connect(server);
  const [finding, ...more] = await checkRoles({ queue: queue.client, cache: cache.client });
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ level: "info", policy: "noeviction" });
  expect(finding?.message).toMatch(/are one server.*noeviction is right/);
  await queue.client.config("SET", "maxmemory-policy", "allkeys-lru");
  expect(await checkRoles({ queue: queue.client, cache: cache.client })).toMatchObject([
    { role: "queue", level: "warn", policy: "allkeys-lru" },
  ]);
});

test("the watch logs each finding once, and when it is mended", async () => {
  await using jobs = await startRedis({ policy: "allkeys-lru", args: BOUNDED });
  await using responses = await startRedis({ policy: "allkeys-lfu", args: BOUNDED });
  using queue = connect(jobs);
  using cache = connect(responses);
  const { logger, lines } = recordingLogger();
  const watch = watchRoles({ queue: queue.client, cache: cache.client, logger, everyMs: 20 });
  await until(() => watch.findings.length === 1);
  await watch.check();
  await watch.check();
  expect(lines.map((line) => line.level)).toEqual(["warn"]);
  expect(lines[0]?.msg).toContain("must be noeviction");
  await queue.client.config("SET", "maxmemory-policy", "noeviction");
  await until(() => watch.findings.length === 0);
  expect(lines.map((line) => line.level)).toEqual(["warn", "info"]);
  watch.close();
});

test("a server that cannot be reached changes no findings and throws nothing", async () => {
  await using server = await startRedis({ policy: "allkeys-lru", args: BOUNDED });
  const client = new Redis({
    path: server.socket,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  });
  client.on("error", () => {});
  const { logger } = recordingLogger();
  const watch = watchRoles({ queue: client, cache: client, logger, everyMs: 60_000 });
  await until(() => watch.findings.length === 1);
  const before = watch.findings;
  server.freeze();
  const checking = watch.check();
  await server.kill();
  await checking;
  expect(watch.findings).toBe(before);
  watch.close();
  client.disconnect();
});
