/** What may be asked of a source right now, decided for all processes together. */
import { BUDGET_DEFAULTS, type BudgetSettings } from "../config/budget.ts";
import type { Instant } from "../fields.ts";
import type { Logger } from "../logger.ts";
import { createSourceBudget, type OpenBudget } from "./budget-source.ts";
import type { BudgetStore } from "./budget-store.ts";
import type { BudgetState, SourceBudget } from "./budget-types.ts";

export type * from "./budget-types.ts";

/** The budgets of all sources of a process. */
export interface Budgets {
  /** The one of a source, by origin (`https://api.example.org`); made when it is asked for first. */
  of(origin: string): SourceBudget;
  /** Forgets all that a source said and how it failed, in every process. False when there is no such source. */
  forget(origin: string): Promise<boolean>;
  /** How all sources stand that this process knows, by name. */
  states(): Promise<readonly BudgetState[]>;
  close(): void;
}

export interface BudgetsOptions {
  readonly settings?: BudgetSettings;
  /** Where processes share their budgets; absent: each has its own. */
  readonly store?: BudgetStore;
  readonly logger: Logger;
  readonly now?: () => Instant;
}

export function createBudgets(options: BudgetsOptions): Budgets {
  const { settings = BUDGET_DEFAULTS, store, logger, now = Date.now } = options;
  const budgets = new Map<string, OpenBudget>();
  return {
    of(origin) {
      const limits = settings.sources.get(origin) ?? {};
      const budget =
        budgets.get(origin) ?? createSourceBudget(origin, limits, { settings, store, logger, now });
      budgets.set(origin, budget);
      return budget;
    },
    async forget(origin) {
      const budget = budgets.get(origin);
      await budget?.forget();
      return budget !== undefined;
    },
    async states() {
      const states = await Promise.all([...budgets.values()].map((budget) => budget.state()));
      return states.toSorted((a, b) => (a.source < b.source ? -1 : 1));
    },
    close() {
      for (const budget of budgets.values()) budget.close();
    },
  };
}
