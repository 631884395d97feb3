/** The budgets of a process, shared with the others through the queue role. */
import type { BudgetSettings } from "./config/budget.ts";
import type { RedisTarget } from "./config/config.ts";
import type { Instant } from "./fields.ts";
import type { Logger } from "./logger.ts";
import { createRedisAsk } from "./redis/ask.ts";
import { logChanges } from "./redis/breaker.ts";
import { connectForRequests } from "./redis/connect.ts";
import { type Budgets, createBudgets } from "./sources/budget.ts";
import { createBudgetStore } from "./sources/budget-store.ts";

export interface OpenBudgetsOptions {
  readonly target: RedisTarget;
  readonly settings: BudgetSettings;
  /** Longest that a request waits for Redis before its process decides alone. */
  readonly limitMs: number;
  readonly logger: Logger;
  /** The time to go by, in place of that of Redis. */
  readonly clock?: () => Instant;
}

/** Backstop of the connection: the limit proper is kept by `ask`. */
const CONNECTION_LIMIT_MS = 1_000;

/** Returns at once: until Redis answers, and whenever it does not, this process goes by its own. */
export function openBudgets(options: OpenBudgetsOptions): Budgets {
  const { target, settings, limitMs, logger, clock } = options;
  const client = connectForRequests(target, {
    role: "queue",
    budgetMs: Math.max(limitMs, CONNECTION_LIMIT_MS),
    logger,
  });
  const { ask, breaker } = createRedisAsk(client, limitMs);
  logChanges(breaker, logger, {
    away: "The queue Redis does not answer; budgets of sources are kept here",
    back: "Budgets of sources are shared again",
  });
  const store = createBudgetStore(ask, clock);
  const budgets = createBudgets({ settings, store, logger, ...(clock && { now: clock }) });
  return {
    ...budgets,
    close() {
      budgets.close();
      breaker.close();
      client.disconnect();
    },
  };
}
