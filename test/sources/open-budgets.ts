/** The budgets of several processes, in this one: each has its own connection and its own memory. */
import { type Logger, pino } from "pino";
import { expect, vi } from "vitest";
import {
  BUDGET_DEFAULTS,
  type BudgetSettings,
  type SourceLimits,
} from "../../src/config/budget.ts";
import { openBudgets } from "../../src/open-budgets.ts";
import type { Budgets, SourceBudget } from "../../src/sources/budget.ts";

export const SOURCE = "http://source.test";

export interface BudgetProcess extends AsyncDisposable {
  readonly budgets: Budgets;
  readonly budget: SourceBudget;
  readonly lines: Record<string, unknown>[];
}

export async function budgetProcess(
  url: string,
  limits: SourceLimits = {},
  settings: Partial<BudgetSettings> = {},
): Promise<BudgetProcess> {
  const lines: Record<string, unknown>[] = [];
  const logger: Logger = pino({ base: null }, { write: (line) => lines.push(JSON.parse(line)) });
  const budgets = openBudgets({
    target: { kind: "url", url },
    settings: { ...BUDGET_DEFAULTS, ...settings, sources: new Map([[SOURCE, limits]]) },
    limitMs: 2_000,
    logger,
  });
  const budget = budgets.of(SOURCE);
  await vi.waitFor(async () => expect((await budget.state()).scope).toBe("shared"));
  return {
    ...{ budgets, budget, lines },
    [Symbol.asyncDispose]: async () => budgets.close(),
  };
}
