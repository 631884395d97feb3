/** What a response changes in what is known of a pool. Pure; `budget-script.ts` says the same to Redis. */
import type { Instant } from "../fields.ts";
import type { Learned, LearnedLimit } from "./budget-fields.ts";
import { type PoolMemory, renewed } from "./budget-state.ts";

/** Guesses double up to this many times the first, or a minute. */
const MOST_GUESS = 16;
const LONGEST_GUESS_MS = 60_000;

/** A pool after a response. */
export function learn(before: PoolMemory, learned: Learned, now: Instant): PoolMemory {
  const pool = renewed(before, now);
  const { restMs, guessMs, limit, well } = learned;
  // Requests that were under way together hit a limit together: that is one strike.
  const isStrike = guessMs !== undefined && now >= pool.restUntil;
  const strikes = isStrike ? pool.strikes + 1 : well ? 0 : pool.strikes;
  const guess = isStrike
    ? Math.min(
        guessMs * 2 ** Math.min(strikes - 1, 10),
        Math.max(LONGEST_GUESS_MS, guessMs * MOST_GUESS),
      )
    : 0;
  const restUntil = Math.max(pool.restUntil, now + (restMs ?? guess));
  const out = Math.max(0, pool.out - 1);
  const rested = { ...pool, strikes, out, restUntil: restMs || guess ? restUntil : pool.restUntil };
  return limit === undefined ? rested : limited(rested, limit, now);
}

/** Resets that differ by less are those of one window: sources round to whole seconds. */
const SAME_WINDOW_MS = 2_000;

/**
 * What is under way is not in the source's figure yet. Within a window the figure is believed where it is lower; where it is higher, by one
 * per response: that one was free, or the responses came out of order.
 */
function limited(pool: PoolMemory, learned: LearnedLimit, now: Instant): PoolMemory {
  const { limit = pool.limit, resetMs } = learned;
  const told = { ...pool, ...(limit !== undefined && { limit }) };
  const left = learned.remaining - pool.out;
  const resetAt = now + resetMs;
  const isNew = pool.remaining === undefined || resetAt > pool.resetAt + SAME_WINDOW_MS;
  if (isNew || left <= (pool.remaining as number)) return { ...told, remaining: left, resetAt };
  return { ...told, remaining: (pool.remaining as number) + 1 };
}
