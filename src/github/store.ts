/** What GitHub told, kept for a while so that it is not asked again. Best effort: what cannot be read or written is asked anew. */
import { gunzipSync, gzipSync } from "node:zlib";
import { LRUCache } from "lru-cache";
import type { RedisClient } from "../redis/connect.ts";
import { gitHubKey } from "../redis/keys.ts";

export interface GitHubStore {
  get(name: string): Promise<unknown>;
  set(name: string, value: unknown, ttlMs: number): Promise<void>;
}

/** `client`: an impatient one to the cache role. */
export function createRedisStore(client: RedisClient): GitHubStore {
  return {
    async get(name) {
      try {
        const packed = await client.getBuffer(gitHubKey(name));
        return packed === null ? undefined : JSON.parse(gunzipSync(packed).toString());
      } catch {
        return undefined;
      }
    },
    async set(name, value, ttlMs) {
      const packed = gzipSync(JSON.stringify(value), { level: 1 });
      await client.set(gitHubKey(name), packed, "PX", Math.ceil(ttlMs)).catch(() => undefined);
    },
  };
}

/** Within one process. */
export function createMemoryStore(): GitHubStore {
  const values = new LRUCache<string, { value: unknown }>({ max: 20_000 });
  return {
    get: async (name) => values.get(name)?.value,
    async set(name, value, ttlMs) {
      values.set(name, { value }, { ttl: Math.max(1, Math.ceil(ttlMs)) });
    },
  };
}
