import { once } from "node:events";
import { Redis } from "ioredis";
import { expect, test, vi } from "vitest";
import { BUDGET_DEFAULTS } from "../../src/config/budget.ts";
import { budgetKeys } from "../../src/redis/keys.ts";
import type { BudgetDecision, Priority, SourceBudget } from "../../src/sources/budget.ts";
import { sharedRedis, startRedis } from "../helpers/redis.ts";
import { budgetProcess, SOURCE } from "./open-budgets.ts";

const WAIT = { waitMs: 30_000 };

function ask(
  budget: SourceBudget,
  priority: Priority = "user",
  pool = "",
): Promise<BudgetDecision> {
  return budget.acquire({ priority, pool });
}

function answer(budget: SourceBudget, status: number, fields: readonly string[] = [], pool = "") {
  return budget.observe({ status, fields, at: Date.now(), pool });
}

test("what two processes are granted together never passes the rate", async () => {
  const { url } = await sharedRedis();
  const limits = { rate: { count: 10, perMs: 500 } };
  await using one = await budgetProcess(url, limits);
  await using two = await budgetProcess(url, limits);
  const client = new Redis(url);
  const turns: number[] = [];
  const all = Array.from({ length: 40 }, async (_, i) => {
    const { budget } = i % 2 === 0 ? one : two;
    expect((await budget.acquire({ priority: "user", ...WAIT })).outcome).toBe("granted");
    turns.push(performance.now());
  });
  await Promise.all(all);
  await client.quit();
  // Replies take a moment to come, so the stretch is a little shorter than the rate's own.
  for (const [i, at] of turns.entries()) {
    const later = turns[i + 10];
    if (later !== undefined) expect(later - at).toBeGreaterThan(400);
  }
});

test("what one process is told by the source the others obey", async () => {
  const { url } = await sharedRedis();
  await using one = await budgetProcess(url);
  await using two = await budgetProcess(url);
  expect((await ask(two.budget)).outcome).toBe("granted");
  await answer(one.budget, 429, ["Retry-After", "30"]);
  const from = Date.now();
  await vi.waitFor(async () =>
    expect(await ask(two.budget)).toMatchObject({ outcome: "wait", reason: "rest" }),
  );
  const held = await ask(two.budget);
  expect(held).toMatchObject({ outcome: "wait" });
  if (held.outcome === "wait") expect(Math.abs(held.at - (from + 30_000))).toBeLessThan(2_000);
  expect(one.lines).toContainEqual(
    expect.objectContaining({ msg: "A source wants to be left alone", source: SOURCE }),
  );
});

test("a source cannot stop us for ever", async () => {
  const { url } = await sharedRedis();
  await using one = await budgetProcess(url, {}, { longestRestMs: 300 });
  await answer(one.budget, 429, ["Retry-After", "99999999999"]);
  expect(await ask(one.budget)).toMatchObject({ outcome: "wait", reason: "rest" });
  expect((await one.budget.acquire({ priority: "user", ...WAIT })).outcome).toBe("granted");
  await answer(one.budget, 200, ["RateLimit", '"a";r=0;t=31536000']);
  expect(await ask(one.budget)).toMatchObject({ outcome: "wait", reason: "spent" });
  expect((await one.budget.acquire({ priority: "user", ...WAIT })).outcome).toBe("granted");
});

test("the source's own limit is counted down by all processes together", async () => {
  const { url } = await sharedRedis();
  await using one = await budgetProcess(url);
  await using two = await budgetProcess(url);
  const limit = ["RateLimit-Policy", '"a";q=20;w=60', "RateLimit", '"a";r=6;t=60'];
  await answer(one.budget, 200, limit);
  const granted: Priority[] = [];
  for (const priority of ["report", "warm-up", "refresh", "user"] as const) {
    for (let i = 0; i < 20; i++) {
      const { budget } = i % 2 === 0 ? two : one;
      if ((await ask(budget, priority)).outcome === "granted") granted.push(priority);
    }
  }
  expect(granted).toEqual(["report", "report", "warm-up", "refresh", "user", "user"]);
  expect(await one.budget.state()).toMatchObject({
    scope: "shared",
    pools: [{ pool: "", limit: 20, remaining: 0 }],
  });
});

test("those who wait have their turn by class, then in order", async () => {
  const { url } = await sharedRedis();
  await using one = await budgetProcess(url, { rate: { count: 1, perMs: 200 } });
  await ask(one.budget);
  const order: string[] = [];
  const waits = (["report", "warm-up", "refresh", "user", "user"] as const).map(
    async (priority, i) => {
      const { outcome } = await one.budget.acquire({ priority, ...WAIT });
      order.push(`${priority} ${outcome} ${i}`);
    },
  );
  await Promise.all(waits);
  expect(order).toEqual([
    ...["user granted 3", "user granted 4", "refresh granted 2"],
    ...["warm-up granted 1", "report granted 0"],
  ]);
});

test("who gives up no longer waits, and who cannot wait so long is told at once", async () => {
  const { url } = await sharedRedis();
  await using one = await budgetProcess(url, { rate: { count: 1, perMs: 60_000 } });
  await ask(one.budget);
  expect(await one.budget.acquire({ priority: "user", waitMs: 1_000 })).toMatchObject({
    outcome: "wait",
    reason: "rate",
  });
  const leaving = new AbortController();
  const waiting = one.budget.acquire({ priority: "user", waitMs: 120_000, signal: leaving.signal });
  setTimeout(() => leaving.abort(new Error("gone")), 50);
  await expect(waiting).rejects.toThrow("gone");
});

test("jobs that are told to wait are told a turn each", async () => {
  const { url } = await sharedRedis();
  await using one = await budgetProcess(url, { rate: { count: 10, perMs: 1_000 } });
  const turns: number[] = [];
  for (let i = 0; i < 29; i++) {
    const decision = await ask(one.budget, "refresh");
    if (decision.outcome === "wait") turns.push(decision.at);
  }
  expect(turns).toHaveLength(20);
  for (const [i, at] of turns.slice(1).entries())
    expect(at - (turns[i] as number)).toBeGreaterThanOrEqual(99);
});

test("of all processes only one probes a source that fails, and its answer opens it for all", async () => {
  const { url } = await sharedRedis();
  const breaker = { ...BUDGET_DEFAULTS.breaker, failures: 3, pauseMs: 200 };
  await using one = await budgetProcess(url, {}, { breaker });
  await using two = await budgetProcess(url, {}, { breaker });
  for (let i = 0; i < 3; i++) await one.budget.failed("refused");
  expect(await ask(one.budget)).toMatchObject({ outcome: "wait", reason: "breaker" });
  await vi.waitFor(async () => expect((await ask(two.budget)).outcome).toBe("wait"));
  const everybody = () =>
    Promise.all(Array.from({ length: 20 }, (_, i) => ask(i % 2 === 0 ? one.budget : two.budget)));
  const probes = async () => (await everybody()).filter(({ outcome }) => outcome === "granted");
  await vi.waitFor(async () => expect(await probes()).toHaveLength(1));
  expect(await probes()).toHaveLength(0);
  expect(await two.budget.state()).toMatchObject({ breaker: { state: "half-open" } });
  await answer(two.budget, 503);
  expect(await two.budget.state()).toMatchObject({ breaker: { state: "open", failures: 3 } });
  await vi.waitFor(async () => expect(await probes()).toHaveLength(1));
  await answer(one.budget, 200);
  await vi.waitFor(async () => expect(await probes()).toHaveLength(20));
  const messages = one.lines.map(({ msg }) => msg);
  expect(messages).toEqual([
    "A source fails; it is no longer asked",
    "A source that failed answers again",
  ]);
});

test("answers that a client can provoke do not shut out others", async () => {
  const { url } = await sharedRedis();
  await using one = await budgetProcess(url);
  for (let i = 0; i < 10; i++) await answer(one.budget, 503);
  for (let i = 0; i < 50; i++) await answer(one.budget, [500, 501, 404, 400][i % 4] as number);
  expect((await ask(one.budget)).outcome).toBe("granted");
});

test("requests under way are counted in all processes together, until they end", async () => {
  const { url } = await sharedRedis();
  const limits = { concurrency: 3 };
  await using one = await budgetProcess(url, limits);
  await using two = await budgetProcess(url, limits);
  const granted = [await ask(one.budget), await ask(one.budget), await ask(two.budget)];
  expect(await ask(two.budget)).toMatchObject({ outcome: "wait", reason: "concurrency" });
  expect(await one.budget.state()).toMatchObject({ underWay: 3 });
  const next = two.budget.acquire({ priority: "user", ...WAIT });
  const [first] = granted;
  if (first?.outcome === "granted") first.done();
  expect((await next).outcome).toBe("granted");
});

test("while Redis is away each process keeps the limits alone, and shares them again when it is back", async () => {
  await using redis = await startRedis();
  const limits = { rate: { count: 5, perMs: 60_000 } };
  await using one = await budgetProcess(redis.url, limits);
  await ask(one.budget);
  await answer(one.budget, 429, ["Retry-After", "1"]);
  await redis.kill();
  expect(await ask(one.budget)).toMatchObject({ outcome: "wait" });
  expect((await one.budget.acquire({ priority: "user", ...WAIT })).outcome).toBe("granted");
  const outcomes: string[] = [];
  for (let i = 0; i < 10; i++) outcomes.push((await ask(one.budget)).outcome);
  expect(outcomes.filter((outcome) => outcome === "granted")).toHaveLength(3);
  expect(await one.budget.state()).toMatchObject({ scope: "local", used: 5 });
  await redis.restart();
  await vi.waitFor(async () => expect((await one.budget.state()).scope).toBe("shared"));
  await vi.waitFor(async () => expect((await ask(one.budget)).outcome).toBe("granted"));
});

test("names of pools fill neither Redis nor this process", async () => {
  const { url } = await sharedRedis();
  await using one = await budgetProcess(url);
  const client = new Redis(url);
  await once(client, "ready");
  for (let i = 0; i < 2_000; i++) await ask(one.budget, "user", `quiet-${i}`);
  expect(await client.dbsize()).toBe(0);
  for (let i = 0; i < 2_000; i++)
    await answer(one.budget, 429, ["Retry-After", "60"], `:loud-${i}`);
  expect(await client.dbsize()).toBeLessThan(1_010);
  await one.budgets.forget(SOURCE);
  expect(await client.dbsize()).toBe(0);
  await client.quit();
});

test("what is forgotten holds nobody any longer, in no process", async () => {
  const { url } = await sharedRedis();
  await using one = await budgetProcess(url);
  await using two = await budgetProcess(url);
  await answer(one.budget, 429, ["Retry-After", "600"]);
  await vi.waitFor(async () => expect((await ask(two.budget)).outcome).toBe("wait"));
  expect(await one.budgets.forget(SOURCE)).toBe(true);
  expect((await ask(one.budget)).outcome).toBe("granted");
  await vi.waitFor(async () => expect((await ask(two.budget)).outcome).toBe("granted"));
  expect(await one.budgets.forget("http://other.test")).toBe(false);
});

test("all keys of a source are in one slot of a Cluster", () => {
  const { source, underWay, pools, pool } = budgetKeys(SOURCE);
  const tags = [source, underWay, pools, pool("a"), pool("b")].map(
    (key) => /\{.+?\}/.exec(key)?.[0],
  );
  expect(new Set(tags).size).toBe(1);
  expect(budgetKeys("http://other.test").source).not.toContain(tags[0]);
});
