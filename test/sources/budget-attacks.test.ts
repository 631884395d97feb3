/** What clients, a source or a Redis without memory may not do to the budget of all. */
import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { Redis } from "ioredis";
import { expect, test, vi } from "vitest";
import { BUDGET_DEFAULTS } from "../../src/config/budget.ts";
import { createLogger } from "../../src/logger.ts";
import { budgetKeys } from "../../src/redis/keys.ts";
import { type BudgetDecision, createBudgets } from "../../src/sources/budget.ts";
import { createBudgetStore } from "../../src/sources/budget-store.ts";
import { withBudget } from "../../src/sources/budgeted.ts";
import { createOrigin } from "../../src/sources/origin.ts";
import type { Source } from "../../src/sources/source.ts";
import { sharedRedis, startRedis } from "../helpers/redis.ts";
import { ask, withOrigin } from "../helpers/source.ts";
import { type BudgetProcess, budgetProcess, SOURCE } from "./open-budgets.ts";

const BREAKER = { ...BUDGET_DEFAULTS.breaker, failures: 1, pauseMs: 100, longestMs: 100 };

function turn({ budget }: BudgetProcess, pool = ""): Promise<BudgetDecision> {
  return budget.acquire({ priority: "user", pool });
}

function tell({ budget }: BudgetProcess, status: number, fields: readonly string[], pool = "") {
  return budget.observe({ status, fields, at: Date.now(), pool });
}

test("a probe that is given up, or meets a limit, leaves the probe to the next request", async () => {
  const { url } = await sharedRedis();
  await using one = await budgetProcess(url, {}, { breaker: BREAKER });
  await using two = await budgetProcess(url, {}, { breaker: BREAKER });
  await one.budget.failed("refused");
  for (let i = 0; i < 3; i++) {
    await vi.waitFor(async () => expect((await turn(one)).outcome).toBe("granted"));
    await one.budget.failed("aborted");
  }
  await vi.waitFor(async () => expect((await turn(two)).outcome).toBe("granted"));
  await tell(two, 429, ["Retry-After", "1"]);
  expect(await turn(two)).toMatchObject({ outcome: "wait", reason: "rest" });
  const patient = { priority: "user", waitMs: 5_000 } as const;
  expect((await one.budget.acquire(patient)).outcome).toBe("granted");
});

test("requests that fail are no longer counted as under way, in the pool that they were in", async () => {
  const { url } = await sharedRedis();
  await using one = await budgetProcess(url);
  const left = (remaining: number) => ["RateLimit", `"a";r=${remaining};t=60`];
  await tell(one, 200, left(10), ":a");
  for (let i = 0; i < 3; i++) await turn(one, ":a");
  for (let i = 0; i < 3; i++) await one.budget.failed("reset", ":a");
  await turn(one, ":a");
  await tell(one, 200, left(6), ":a");
  expect(await one.budget.state()).toMatchObject({ pools: [{ pool: ":a", remaining: 6 }] });
});

test("credentials without number do not make the source's own word forgotten", async () => {
  const { url } = await sharedRedis();
  await using one = await budgetProcess(url);
  await using two = await budgetProcess(url);
  const rest = ["Retry-After", "60"];
  await Promise.all(Array.from({ length: 1_100 }, (_, i) => tell(one, 429, rest, `:${i}`)));
  await tell(one, 429, rest);
  await vi.waitFor(async () => expect((await turn(two)).outcome).toBe("wait"));
});

test("a wish to be left alone that Redis could not be told is kept, and told when it is back", async () => {
  await using redis = await startRedis();
  await using one = await budgetProcess(redis.url);
  await using two = await budgetProcess(redis.url);
  await redis.kill();
  await tell(one, 429, ["Retry-After", "60"]);
  await redis.restart();
  await vi.waitFor(async () => expect((await one.budget.state()).scope).toBe("shared"));
  expect(await turn(one)).toMatchObject({ outcome: "wait", reason: "rest" });
  await vi.waitFor(async () =>
    expect(await turn(two)).toMatchObject({ outcome: "wait", reason: "rest" }),
  );
  expect(await one.budgets.forget(SOURCE)).toBe(true);
  await vi.waitFor(async () => expect((await turn(one)).outcome).toBe("granted"));
});

test("requests under way are still counted after Redis has lost everything", async () => {
  const client = new Redis((await sharedRedis()).url);
  await once(client, "ready");
  const store = createBudgetStore((command) => command(client));
  const request = { pool: "", limits: { concurrency: 1 }, priority: "user" } as const;
  await store.take(SOURCE, { ...request, lease: "a" });
  await client.flushdb();
  await store.renew(SOURCE, () => ["a"]);
  const { verdict } = await store.take(SOURCE, { ...request, lease: "b" });
  expect(verdict).toMatchObject({ granted: false, reason: "concurrency" });
  expect(await client.pttl(budgetKeys(SOURCE).underWay)).toBeGreaterThan(50_000);
  await store.done(SOURCE, "a");
  await store.renew(SOURCE, () => []);
  expect((await store.take(SOURCE, { ...request, lease: "b" })).verdict.granted).toBe(true);
  await client.quit();
});

test("the names of pools are kept as long as what is known of them", async () => {
  const { url } = await sharedRedis();
  await using one = await budgetProcess(url, {}, { longestRestMs: 86_400_000 });
  await tell(one, 429, ["Retry-After", "86400"]);
  await tell(one, 429, ["Retry-After", "1"], ":a");
  const client = new Redis(url);
  const keys = budgetKeys(SOURCE);
  expect(await client.pttl(keys.pools)).toBeGreaterThan(86_000_000);
  await client.quit();
});

test.each([
  ["a longer time", { count: 100, perMs: 1_000 }, { count: 10, perMs: 3_600_000 }],
  ["a shorter time", { count: 10, perMs: 3_600_000 }, { count: 5, perMs: 1_000 }],
])("a rate that is configured anew, over %s, counts from then on", async (_, before, after) => {
  const { url } = await sharedRedis();
  await using one = await budgetProcess(url, { rate: before, burst: 10 });
  for (let i = 0; i < 20; i++) await turn(one);
  await using two = await budgetProcess(url, { rate: after, burst: 5 });
  expect((await two.budget.acquire({ priority: "user", waitMs: 5_000 })).outcome).toBe("granted");
  for (let i = 0; i < 9; i++) {
    const held = await turn(two);
    if (held.outcome === "wait") expect(held.at).toBeLessThan(Date.now() + 1.1 * after.perMs);
  }
});

test("clients that never finish sending do not make a source count as broken", async () => {
  const { origin, source } = await withOrigin(
    (url, timeouts) => createOrigin({ origin: url, timeouts }),
    { totalMs: 300 },
  );
  const budgets = createBudgets({ logger: createLogger({ level: "silent", pretty: false }) });
  const asked = withBudget(source, budgets.of(origin.url), 0);
  const endless = () =>
    expect(ask(asked, { method: "PUT", body: new PassThrough() })).rejects.toMatchObject({
      fault: "total-timeout",
    });
  await Promise.all(Array.from({ length: 10 }, endless));
  expect((await ask(asked)).status).toBe(200);
});

test("a response whose body is over before it is looked at ends its request", async () => {
  const body = Readable.from([]).destroy();
  await once(body, "close");
  const response = { status: 200, statusText: "OK", fields: [], requestAt: 0, responseAt: 0, body };
  const source: Source = { name: SOURCE, fetch: async () => response, close: async () => {} };
  const budgets = createBudgets({
    settings: { ...BUDGET_DEFAULTS, sources: new Map([[SOURCE, { concurrency: 1 }]]) },
    logger: createLogger({ level: "silent", pretty: false }),
  });
  const asked = withBudget(source, budgets.of(SOURCE), 0);
  for (let i = 0; i < 3; i++) expect((await ask(asked)).status).toBe(200);
});
