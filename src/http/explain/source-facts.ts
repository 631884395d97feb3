/** How sources stand with their budgets, for people. */
import type { BudgetState, PoolState } from "../../sources/budget.ts";
import { isoTime } from "../iso-time.ts";

/** Something that keeps requests from a source. */
export interface Hold {
  readonly because: string;
  readonly until?: string;
  /** What of the source it is about; absent when it is all of it. */
  readonly pool?: string;
}

/** A hold in a line. */
export function holdText({ because, until, pool }: Hold): string {
  const about = pool === undefined ? "" : `${pool}: `;
  return `${about}${because}${until === undefined ? "" : ` Until ${until}.`}`;
}

/** The same as a `BudgetState`, with ISO 8601 instants. */
export function sourceFacts(state: BudgetState) {
  const { breaker, pools, ...rest } = state;
  return {
    ...rest,
    breaker: { ...breaker, ...(breaker.until !== undefined && { until: isoTime(breaker.until) }) },
    pools: pools.map(({ restUntil, resetAt, ...pool }) => ({
      ...pool,
      ...(restUntil !== undefined && { restUntil: isoTime(restUntil) }),
      ...(resetAt !== undefined && { resetAt: isoTime(resetAt) }),
    })),
    holds: holdsOf(state),
  };
}

/** All that holds requests to a source right now. */
export function holdsOf({ breaker, limits, used, underWay, pools }: BudgetState): Hold[] {
  const holds: Hold[] = [];
  if (breaker.state !== "closed") {
    const because = `It failed ${breaker.failures} times in a row; ${breaker.state === "open" ? "one request asks again then" : "one request finds out whether it is back"}.`;
    holds.push({ because, ...(breaker.until !== undefined && { until: isoTime(breaker.until) }) });
  }
  const { rate, concurrency } = limits;
  if (rate !== undefined && used !== undefined && used >= rate.count)
    holds.push({ because: `Its configured rate is used up: ${used} in ${rate.perMs / 1_000} s.` });
  if (concurrency !== undefined && underWay !== undefined && underWay >= concurrency)
    holds.push({ because: `${underWay} requests are under way, which is as many as may be.` });
  return [...holds, ...pools.flatMap(poolHolds)];
}

/** Little is left when a class of requests has to wait for others. */
const LITTLE = 0.2;

function poolHolds({ pool, restUntil, limit, remaining, resetAt }: PoolState): Hold[] {
  const about = pool === "" ? {} : { pool };
  const holds: Hold[] = [];
  if (restUntil !== undefined)
    holds.push({ because: "It wants to be left alone.", until: isoTime(restUntil), ...about });
  if (remaining === undefined || resetAt === undefined) return holds;
  const until = isoTime(resetAt);
  const all = limit === undefined ? "" : ` of ${limit}`;
  if (remaining === 0)
    holds.push({ because: `Its own limit is used up: 0${all} left.`, until, ...about });
  else if (limit !== undefined && remaining <= limit * LITTLE)
    holds.push({
      because: `Little is left of its own limit, ${remaining}${all}: what can wait, waits.`,
      until,
      ...about,
    });
  return holds;
}
