/** Values in this process alone. */
import { LRUCache } from "lru-cache";
import type { StoreHealth } from "../redis/health.ts";
import { NO_REDIS } from "../redis/no-redis.ts";
import { createFlights } from "../store/flight.ts";
import { Memory } from "../store/memory.ts";
import type { Tracking } from "../store/tracking.ts";
import type { Clock } from "./clock.ts";
import { entryCodec } from "./codec.ts";
import type { StoredEntry } from "./entry.ts";
import { compilePattern } from "./glob.ts";
import type { ValueStore } from "./value-store.ts";

const NO_TRACKING: Tracking = {
  tracked: false,
  listen: () => () => {},
  restart: () => {},
  close: () => {},
};

const FLIGHT_LIFE_MS = 5_000;
const MOST_COUNTERS = 100_000;

export function openMemoryStore({
  maxBytes,
  clock,
}: {
  readonly maxBytes: number;
  readonly clock: Clock;
}): ValueStore {
  const memory = new Memory<StoredEntry>(maxBytes, entryCodec.sizeOf, clock);
  memory.serving = true;
  const counters = new LRUCache<string, number>({
    // Not `max`, which takes all its room at once.
    ...{ maxSize: MOST_COUNTERS, sizeCalculation: () => 1 },
    ...{ noUpdateTTL: true, perf: clock, ttlResolution: 0 },
  });
  const flights = createFlights({
    ...{ redis: NO_REDIS, tracking: NO_TRACKING, lifeMs: FLIGHT_LIFE_MS, now: clock.now },
  });
  const read: ValueStore["read"] = async (key) => {
    const value = memory.get(key);
    return value === undefined ? { state: "absent" } : { state: "found", value, tier: "memory" };
  };
  return {
    kind: "memory",
    peek: (key) => memory.get(key),
    read,
    readCurrent: read,
    write: writeTo(memory),
    remove: async (keys, upTo = Number.POSITIVE_INFINITY) => {
      const found = keys.filter((key) => {
        const entry = memory.get(key);
        return entry === undefined ? counters.has(key) : fenceOf(entry) <= upTo;
      });
      for (const key of found) {
        memory.forget(key, key);
        counters.delete(key);
      }
      return found.length;
    },
    scan: async function* (pattern) {
      const matches = compilePattern(pattern);
      yield [...memory.keys(), ...counters.keys()].filter(matches);
    },
    increment: async (key, by, ttlMs) => {
      const value = (counters.get(key) ?? 0) + by;
      counters.set(key, value, { ttl: ttlMs });
      return value;
    },
    fence: async () => (await flights.alone()).fence,
    begin: (key) => flights.begin(key),
    health: async () => healthOf(memory.bytes),
    ready: async () => true,
    onReturn: () => () => {},
    close: () => {
      flights.close();
      memory.clear();
    },
  };
}

function writeTo(memory: Memory<StoredEntry>): ValueStore["write"] {
  return async (key, value, { fence, ttlMs, ifAbsent = false, over }) => {
    const before = memory.get(key);
    const stands = before === undefined ? undefined : fenceOf(before);
    if (over !== undefined && stands !== over) return "superseded";
    if (stands !== undefined && (ifAbsent || stands > fence)) return "superseded";
    memory.put(key, { value, redisKey: key, fence, write: "", own: false }, ttlMs);
    return memory.get(key) === value ? "written" : "failed";
  };
}

function healthOf(bytes: number): StoreHealth {
  return {
    ...{ healthy: true, latency_ms: 0, version: null, used_memory: bytes },
    ...{ connected_clients: null, uptime_seconds: Math.floor(process.uptime()) },
  };
}

function fenceOf(entry: StoredEntry): number {
  return entry.kind === "tag" ? Math.abs(entry.version) : entry.fence;
}
