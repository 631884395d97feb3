/** How a Redis is, in the words of its own INFO. */
import { messageOf } from "../errors.ts";
import type { RedisClient } from "./connect.ts";
import type { StoreRedis } from "./store-redis.ts";

export interface StoreHealth {
  readonly healthy: boolean;
  /** Of one PING; null when there was no reply. */
  readonly latency_ms: number | null;
  readonly version: string | null;
  /** In bytes. In a Cluster, of all masters. */
  readonly used_memory: number | null;
  readonly connected_clients: number | null;
  readonly uptime_seconds: number | null;
  /** What is not well. */
  readonly reason?: string;
}

type Facts = Pick<StoreHealth, "version" | "used_memory" | "connected_clients" | "uptime_seconds">;

const NO_FACTS: Facts = {
  version: null,
  used_memory: null,
  connected_clients: null,
  uptime_seconds: null,
};

/** INFO costs more than PING, and probes come often. */
const FACTS_LIFE_MS = 5_000;

/** Asks how `redis` is: a PING each time, its INFO at most every five seconds. Never rejects. */
export function createHealthCheck(redis: StoreRedis): () => Promise<StoreHealth> {
  let facts = NO_FACTS;
  let factsUntil = 0;
  return async () => {
    const startedAt = performance.now();
    try {
      await redis.ask((client) => client.ping());
      const latency = Math.round((performance.now() - startedAt) * 100) / 100;
      if (startedAt >= factsUntil) {
        facts = await redis.work(readFacts).catch(() => NO_FACTS);
        factsUntil = startedAt + FACTS_LIFE_MS;
      }
      return { healthy: true, latency_ms: latency, ...facts };
    } catch (failure) {
      return { healthy: false, latency_ms: null, ...NO_FACTS, reason: messageOf(failure) };
    }
  };
}

async function readFacts(client: RedisClient): Promise<Facts> {
  const nodes = "nodes" in client ? client.nodes("master") : [client];
  const infos = await Promise.all(nodes.map((node) => node.info()));
  const field = (info: string, name: string) =>
    new RegExp(`^${name}:([^\\r\\n]*)`, "m").exec(info)?.[1] ?? "";
  const numbers = (name: string) => infos.map((info) => Number(field(info, name)));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const [first = ""] = infos;
  return {
    version: field(first, "valkey_version") || field(first, "redis_version") || null,
    used_memory: sum(numbers("used_memory")),
    connected_clients: sum(numbers("connected_clients")),
    uptime_seconds: Math.min(...numbers("uptime_in_seconds")),
  };
}
