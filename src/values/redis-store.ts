/** Values in Redis, under a memory tier that is kept coherent. */
import type { RedisTarget } from "../config/config.ts";
import type { Logger } from "../logger.ts";
import { createHealthCheck } from "../redis/health.ts";
import { FLIGHT_PREFIX } from "../redis/keys.ts";
import { createScript } from "../redis/script.ts";
import { connectStore } from "../redis/store-redis.ts";
import {
  counterKey,
  counterPattern,
  keyOfValue,
  VALUE_PREFIX,
  valueKey,
  valuePattern,
} from "../redis/value-keys.ts";
import { createFlights } from "../store/flight.ts";
import { readFence } from "../store/flight-lock.ts";
import { scanKeys } from "../store/scan.ts";
import { createTieredStore } from "../store/tiered.ts";
import { createTracking } from "../store/tracking.ts";
import { entryCodec } from "./codec.ts";
import type { ValueStore } from "./value-store.ts";

export interface RedisStoreOptions {
  readonly target: RedisTarget;
  /** Longest that a call waits for one command. */
  readonly budgetMs: number;
  /** Longest that a command takes that no call waits for. */
  readonly workLimitMs: number;
  readonly memoryMaxBytes: number;
  readonly logger: Logger;
}

/** A loader whose process stopped in the middle keeps others waiting this long. */
const FLIGHT_LIFE_MS = 5_000;

const incrementScript = createScript(`
local value = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return value
`);

/** Connects. Returns at once and never throws: a store that is away is a state, not an error. */
export function openRedisStore(options: RedisStoreOptions): ValueStore {
  const { target, memoryMaxBytes, logger } = options;
  const redis = connectStore(target, options);
  const prefixes = [VALUE_PREFIX, FLIGHT_PREFIX];
  const tracking = createTracking({ target, prefixes, logger });
  const store = createTieredStore({
    ...{ redis, tracking, memoryMaxBytes, logger },
    codec: entryCodec,
    nameOf: valueKey,
  });
  const flights = createFlights({ redis, tracking, lifeMs: FLIGHT_LIFE_MS, now: Date.now });
  return {
    kind: "redis",
    peek: (key) => store.peek(key),
    read: (key) => store.read(key),
    readCurrent: (key) => store.readReference(valueKey(key)),
    write: (key, entry, how) => store.write(key, entry, how),
    remove: async (keys) => {
      const counters = keys.map((key) => redis.work((client) => client.unlink(counterKey(key))));
      const [values, ...counted] = await Promise.all([store.remove(keys), ...counters]);
      return counted.reduce((sum, count) => sum + count, values);
    },
    scan: async function* (pattern) {
      for (const each of [valuePattern(pattern), counterPattern(pattern)])
        for await (const names of scanKeys(redis, each)) yield names.map(keyOfValue);
    },
    increment: async (key, by, ttlMs) =>
      Number(await redis.ask((client) => incrementScript(client, [counterKey(key)], [by, ttlMs]))),
    fence: () => readFence(redis),
    begin: (key) => flights.begin(`value ${key}`),
    health: createHealthCheck(redis),
    onReturn: (listener) => redis.breaker.onChange((state) => state === "closed" && listener()),
    close: () => {
      flights.close();
      store.close();
      tracking.close();
      redis.close();
    },
  };
}
