import { pino } from "pino";
import { expect, test } from "vitest";
import { BUDGET_DEFAULTS, type BudgetSettings } from "../../src/config/budget.ts";
import { connectForge } from "../../src/mappings/ask.ts";
import { createBudgets } from "../../src/sources/budget.ts";
import { startForge } from "../helpers/forge.ts";

const SETTINGS = { concurrency: 2, timeoutMs: 2_000, attempts: 1, longestWaitMs: 10_000 };
const NEVER = new AbortController().signal;

async function open(
  settings: (url: string) => Partial<BudgetSettings>,
  more: Partial<typeof SETTINGS> = {},
) {
  const forge = await startForge();
  const budgets = createBudgets({
    settings: { ...BUDGET_DEFAULTS, ...settings(forge.url) },
    logger: pino({ level: "silent" }),
  });
  const connection = connectForge({ ...SETTINGS, ...more, url: forge.url }, budgets);
  return {
    ...{ forge, ...connection, budget: budgets.of(new URL(forge.url).origin) },
    [Symbol.asyncDispose]: async () => {
      budgets.close();
      await connection.close();
      await forge[Symbol.asyncDispose]();
    },
  };
}

test("a forge is asked within its rate, and questions wait for their turn", async () => {
  await using t = await open((url) => ({
    sources: new Map([[url, { rate: { count: 2, perMs: 300 } }]]),
  }));
  const from = performance.now();
  for (let i = 0; i < 4; i++) expect(await t.ask("/version", NEVER)).toMatchObject({ status: 200 });
  expect(performance.now() - from).toBeGreaterThan(300);
  expect(t.forge.requests).toHaveLength(4);
});

test("a wait that is too long leaves the question open", async () => {
  await using t = await open(
    (url) => ({ sources: new Map([[url, { rate: { count: 1, perMs: 60_000 } }]]) }),
    { longestWaitMs: 10 },
  );
  expect(await t.ask("/version", NEVER)).toMatchObject({ status: 200 });
  expect(await t.ask("/version", NEVER)).toEqual({ failed: "its budget is spent" });
  expect(t.forge.requests).toHaveLength(1);
});

test("a forge that fails is not asked again and again", async () => {
  const breaker = { ...BUDGET_DEFAULTS.breaker, failures: 3, pauseMs: 60_000 };
  await using t = await open(() => ({ breaker }));
  t.forge.behave = () => "reset";
  for (let i = 0; i < 10; i++) await t.ask("/version", NEVER);
  expect(t.forge.requests).toHaveLength(3);
  expect(await t.ask("/version", NEVER)).toEqual({ failed: "it failed too often just now" });
});

test("what the forge says of its limits is heard", async () => {
  await using t = await open(() => ({}), { longestWaitMs: 10 });
  t.forge.behave = () => "busy-429";
  await t.ask("/version", NEVER);
  expect((await t.budget.state()).pools).toMatchObject([{ pool: "" }]);
});
