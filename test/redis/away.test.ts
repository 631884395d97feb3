import { Redis, ReplyError } from "ioredis";
import { expect, test } from "vitest";
import { isAway, StoreAwayError, withinBudget } from "../../src/redis/away.ts";

test("a reply in time is passed on, an error too", async () => {
  await expect(withinBudget(Promise.resolve(1), 1_000)).resolves.toBe(1);
  await expect(withinBudget(Promise.reject(new Error("no")), 1_000)).rejects.toThrow("no");
});

test("no reply within the budget is an error of its own", async () => {
  await expect(withinBudget(new Promise(() => {}), 1)).rejects.toBeInstanceOf(StoreAwayError);
});

test("a reply that came while the process was busy counts as in time", async () => {
  const reply = new Promise((resolve) => setImmediate(() => resolve("came")));
  const waiting = withinBudget(reply, 5);
  const until = performance.now() + 30;
  while (performance.now() < until);
  await expect(waiting).resolves.toBe("came");
});

test.each([
  [new Error("Connection is closed."), true],
  [new StoreAwayError("No reply"), true],
  [new ReplyError("LOADING Redis is loading the dataset in memory"), true],
  [new ReplyError("CLUSTERDOWN The cluster is down"), true],
  [new ReplyError("OOM command not allowed when used memory > 'maxmemory'."), false],
  [new ReplyError("NOPERM this user has no permissions"), false],
  [new ReplyError("WRONGTYPE Operation against a key"), false],
])("%s speaks against the server: %s", (failure, away) => {
  expect(isAway(failure)).toBe(away);
});

test("that there is no connection is said in words for people", async () => {
  const redis = new Redis("/nowhere.sock", {
    enableOfflineQueue: false,
    retryStrategy: () => 60_000,
  });
  redis.on("error", () => {});
  await new Promise<void>((resolve) => redis.once("close", resolve));
  await expect(withinBudget(redis.ping(), 1_000)).rejects.toMatchObject({
    name: "StoreAwayError",
    message: "Redis is not connected.",
  });
  redis.disconnect();
});
