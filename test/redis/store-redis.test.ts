import { expect, test } from "vitest";
import { StoreAwayError } from "../../src/redis/away.ts";
import { connectStore } from "../../src/redis/store-redis.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { recordingLogger, silent, until } from "../store/world.ts";

async function open(server: TestRedis, budgetMs: number, logger = silent) {
  const redis = connectStore({ kind: "socket", path: server.socket }, { budgetMs, logger });
  await redis.ready(10_000);
  return { ...redis, [Symbol.dispose]: () => redis.close() };
}

test("questions and work reach Redis", async () => {
  await using server = await startRedis();
  using redis = await open(server, 5_000);
  await redis.work((client) => client.set("a", "1"));
  expect(await redis.ask((client) => client.get("a"))).toBe("1");
});

test("a frozen Redis opens the breaker; then nothing is sent until it answers again", async () => {
  await using server = await startRedis();
  const { logger, lines } = recordingLogger();
  using redis = await open(server, 40, logger);
  await until(() =>
    redis
      .ask((client) => client.ping())
      .then(
        () => true,
        () => false,
      ),
  );
  server.freeze();
  const working = redis.work((client) => client.set("a", "1"));
  working.catch(() => {});
  for (let i = 0; i < 3; i++) {
    await expect(redis.ask((client) => client.get("a"))).rejects.toBeInstanceOf(StoreAwayError);
  }
  expect(redis.breaker.state).toBe("open");
  await expect(working).rejects.toBeInstanceOf(StoreAwayError);
  let sent = 0;
  const counted = async () => void sent++;
  await expect(redis.ask(counted)).rejects.toBeInstanceOf(StoreAwayError);
  await expect(redis.work(counted)).rejects.toBeInstanceOf(StoreAwayError);
  expect(sent).toBe(0);
  server.thaw();
  await until(() => redis.breaker.state === "closed");
  const told = lines.map((line) => line.msg).filter((msg) => msg.includes("answer"));
  expect(told).toEqual([
    "The cache store does not answer; serving without it.",
    "The cache store answers again.",
  ]);
});

test("a Redis that was killed and is back closes the breaker, and the new connection is announced", async () => {
  await using server = await startRedis();
  using redis = await open(server, 1_000);
  let reconnects = 0;
  redis.onReconnect(() => {
    reconnects += 1;
  });
  await server.kill();
  await until(() =>
    redis
      .ask((client) => client.ping())
      .then(
        () => false,
        () => redis.breaker.state !== "closed",
      ),
  );
  expect(await redis.ready(1)).toBe(false);
  expect(reconnects).toBe(0);
  await server.restart();
  await until(() => redis.breaker.state === "closed" && reconnects === 1);
  expect(await redis.ready(10_000)).toBe(true);
});
