/** The state of a budget, for people. */
import type { SourceLimits } from "../config/budget.ts";
import type { Instant } from "../fields.ts";
import type { Known } from "./budget-known.ts";
import { inSight, usedOf } from "./budget-rate.ts";
import type { PoolMemory } from "./budget-state.ts";
import type { SharedSource } from "./budget-store.ts";
import type { BudgetState, PoolState } from "./budget-types.ts";

/** `busy`: requests of this process that are under way. `shared`: what Redis says; absent while it is away. */
export function shownState(
  name: string,
  limits: SourceLimits,
  known: Known,
  busy: number,
  shared: SharedSource | undefined,
): BudgetState {
  const now = shared?.now ?? known.now();
  const { breaker, slots } = shared?.source ?? known.source;
  const { state, until, row } = breaker;
  const { rate, concurrency } = limits;
  const used = rate === undefined ? undefined : usedOf(inSight(slots, rate, now));
  const pools = (shared?.pools ?? known.pools()).flatMap(([pool, memory]) =>
    shownPool(pool, memory, known, now),
  );
  return {
    source: name,
    scope: shared === undefined ? "local" : "shared",
    limits,
    breaker: { state, failures: row, ...(state !== "closed" && { until: known.here(until) }) },
    ...(used !== undefined && { used }),
    ...(concurrency !== undefined && { underWay: shared?.busy ?? busy }),
    pools,
  };
}

/** Nothing where nothing holds. */
function shownPool(pool: string, memory: PoolMemory, known: Known, now: Instant): PoolState[] {
  const { restUntil, limit, remaining, resetAt } = memory;
  const rests = now < restUntil;
  const limited = remaining !== undefined && now < resetAt;
  if (!rests && !limited) return [];
  return [
    {
      pool,
      ...(rests && { restUntil: known.here(restUntil) }),
      ...(limited && { remaining: Math.max(0, remaining), resetAt: known.here(resetAt) }),
      ...(limited && limit !== undefined && { limit }),
    },
  ];
}
