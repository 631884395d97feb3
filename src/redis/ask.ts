/** Asking a Redis for what somebody waits for. */
import { withinBudget } from "./away.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import type { RedisClient } from "./connect.ts";

/** Runs a command within the patience of who asks. */
export type AskRedis = <T>(command: (client: RedisClient) => Promise<T>) => Promise<T>;

/**
 * `ask` rejects after `limitMs`, and at once while the breaker is open, with `StoreAwayError`. Whoever closes the client closes the breaker too.
 */
export function createRedisAsk(
  client: RedisClient,
  limitMs: number,
): { readonly ask: AskRedis; readonly breaker: Breaker } {
  const breaker = createBreaker({ probe: () => withinBudget(client.ping(), limitMs) });
  return {
    ask: (command) => breaker.run(() => withinBudget(command(client), limitMs)),
    breaker,
  };
}
