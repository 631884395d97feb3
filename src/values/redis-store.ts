/** Values in Redis, under a memory tier that is kept coherent. */
import type { RedisTarget } from "../config/config.ts";
import type { Logger } from "../logger.ts";
import type { RedisClient } from "../redis/connect.ts";
import { createHealthCheck } from "../redis/health.ts";
import { FLIGHT_PREFIX } from "../redis/keys.ts";
import { createScript } from "../redis/script.ts";
import { connectStore, type StoreRedis } from "../redis/store-redis.ts";
import {
  counterKey,
  counterPattern,
  keyOfValue,
  VALUE_PREFIX,
  valueKey,
  valuePattern,
} from "../redis/value-keys.ts";
import { createFlights } from "../store/flight.ts";
import { scanKeys } from "../store/scan.ts";
import { createTieredStore, type TieredStore } from "../store/tiered.ts";
import { createTracking } from "../store/tracking.ts";
import { entryCodec } from "./codec.ts";
import type { StoredEntry } from "./entry.ts";
import { isCounter, type ValueStore } from "./value-store.ts";

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

/** Longest that the first calls of a process wait for the connection. */
const START_MS = 1_000;

const incrementScript = createScript(`
local value = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return value
`);

const timeScript = createScript(`
local t = redis.call('TIME')
return t[1] * 1000000 + t[2]
`);
const CLOCK = counterKey("clock");

/**
 * One question for all that ask in one turn, put when the turn is over, so that its reply is later than every one of them. In a Cluster always to
 * the same node, since the clocks of two differ.
 */
function createFence(redis: StoreRedis): () => Promise<number> {
  let asked: Promise<number> | undefined;
  const ask = () => redis.ask(async (client) => Number(await timeScript(client, [CLOCK], [])));
  return () => {
    asked ??= new Promise((resolve) => {
      setImmediate(() => {
        asked = undefined;
        resolve(ask());
      });
    });
    return asked;
  };
}

async function increment(client: RedisClient, key: string, by: number, ttlMs: number) {
  return Number(await incrementScript(client, [key], [by, ttlMs]));
}

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
  const fence = createFence(redis);
  const begin = async (key: string) => {
    const flight = await flights.begin(key);
    if (target.kind !== "cluster") return flight;
    return { ...flight, fence: await fence().catch(() => flight.fence) };
  };
  const afterStart = waitingFor(redis.ready(START_MS));
  return {
    kind: "redis",
    peek: (key) => store.peek(key),
    read: (key) => afterStart(() => store.read(key)),
    readCurrent: (key) => store.readReference(valueKey(key)),
    write: (key, entry, how) => afterStart(() => store.write(key, entry, how)),
    remove: removeFrom(store, redis),
    scan: async function* (pattern) {
      for (const each of [valuePattern(pattern), counterPattern(pattern)])
        for await (const names of scanKeys(redis, each)) yield names.map(keyOfValue);
    },
    increment: (key, by, ttlMs) =>
      afterStart(() => redis.ask((client) => increment(client, counterKey(key), by, ttlMs))),
    fence: () => afterStart(fence),
    begin: (key) => afterStart(() => begin(`value ${key}`)),
    ready: (limitMs) => redis.ready(limitMs),
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

function removeFrom(store: TieredStore<StoredEntry>, redis: StoreRedis): ValueStore["remove"] {
  return async (keys, upTo) => {
    const [counters, values] = partition(keys, isCounter);
    const removed = [store.remove(values, upTo), removeCounters(redis, counters)];
    return (await Promise.all(removed)).reduce((sum, count) => sum + count, 0);
  };
}

/** How many were there. One command each, since every key may be on another node. */
async function removeCounters(redis: StoreRedis, keys: readonly string[]): Promise<number> {
  const counts = await Promise.all(
    keys.map((key) => redis.work((client) => client.unlink(counterKey(key)))),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Runs at once, but what comes before the start is over waits for that. */
function waitingFor(start: Promise<unknown>): <T>(step: () => Promise<T>) => Promise<T> {
  let started = false;
  const waiting = start.then(() => {
    started = true;
  });
  return (step) => (started ? step() : waiting.then(step));
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}
