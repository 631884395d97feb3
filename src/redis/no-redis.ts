/** A Redis that is never there: for what works within one process alone. */
import { StoreAwayError } from "./away.ts";
import type { Breaker } from "./breaker.ts";
import type { StoreRedis } from "./store-redis.ts";

const away = () => Promise.reject(new StoreAwayError("There is no Redis."));

const breaker: Breaker = {
  state: "open",
  run: away,
  probe: async () => false,
  onChange: () => () => {},
  close: () => {},
};

export const NO_REDIS: StoreRedis = {
  target: { kind: "socket", path: "" },
  breaker,
  isUp: () => false,
  ask: away,
  work: away,
  onReconnect: () => () => {},
  ready: async () => false,
  close: () => {},
};
