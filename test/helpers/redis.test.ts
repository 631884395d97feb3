import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { sharedRedis, startRedis } from "./redis.ts";

test("a private Redis answers on its socket and its port, and comes back at both after a kill", async () => {
  await using redis = await startRedis({ policy: "allkeys-lfu" });
  const bySocket = new Redis(redis.socket);
  const byPort = new Redis(redis.url);
  await bySocket.set("a", "1");
  expect(await byPort.get("a")).toBe("1");
  const before = redis.pid;
  await redis.kill();
  await redis.restart();
  expect(redis.pid).not.toBe(before);
  expect(await byPort.config("GET", "maxmemory-policy")).toContain("allkeys-lfu");
  expect(await bySocket.get("a")).toBeNull();
  bySocket.disconnect();
  byPort.disconnect();
});

test("two callers of the shared Redis do not see each other's keys", async () => {
  const [one, two] = await Promise.all([sharedRedis(), sharedRedis()]);
  const first = new Redis(one.url);
  const second = new Redis(two.url);
  await first.set("a", "1");
  expect(await second.get("a")).toBeNull();
  expect(await first.get("a")).toBe("1");
  first.disconnect();
  second.disconnect();
});

test("a frozen Redis answers after it is thawed", async () => {
  await using redis = await startRedis();
  const client = new Redis(redis.socket, { commandTimeout: 30, maxRetriesPerRequest: 0 });
  await client.ping();
  redis.freeze();
  await expect(client.ping()).rejects.toThrow("timed out");
  redis.thaw();
  await expect.poll(() => client.ping().catch(() => "")).toBe("PONG");
  client.disconnect();
});
