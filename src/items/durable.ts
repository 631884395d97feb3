/** Values in the queue role, which all processes share and which evicts nothing. */
import { createRedisAsk } from "../redis/ask.ts";
import type { RedisClient } from "../redis/connect.ts";
import { itemKey, itemTroubleKey } from "../redis/keys.ts";
import { createScript } from "../redis/script.ts";
import { HEAD_BYTES, readHead } from "./record.ts";
import { parseTrouble, type Trouble } from "./trouble.ts";

export interface DurableCopies {
  /** Undefined when there is none. Rejects soon when Redis is away. */
  read(path: string): Promise<Buffer | undefined>;
  /** Writes unless what is there is of the same source and newer. */
  write(path: string, packed: Buffer): Promise<void>;
  readTrouble(path: string): Promise<Trouble | undefined>;
  writeTrouble(path: string, trouble: Trouble): Promise<void>;
  close(): void;
}

/** Nobody asks for longer than that without telling of it anew. */
const TROUBLE_LIFE_MS = 7 * 24 * 3_600_000;

/** A date from the future is that of a clock that was wrong, and keeps nothing out. */
const writeScript = createScript(`
local head = redis.call('GETRANGE', KEYS[1], 0, ${HEAD_BYTES - 1})
local fingerprint, at = string.match(head, '^warmfront%-item 1 (%x+) (%d+)\\n')
if fingerprint == ARGV[2] and tonumber(at) > tonumber(ARGV[3]) and tonumber(at) <= tonumber(ARGV[4]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1])
return 1
`);

/** `client` is an impatient connection to the queue role; it is closed with this. */
export function openDurableCopies(client: RedisClient, budgetMs: number): DurableCopies {
  const { ask, breaker } = createRedisAsk(client, budgetMs);
  return {
    async read(path) {
      return (await ask((redis) => redis.getBuffer(itemKey(path)))) ?? undefined;
    },
    async write(path, packed) {
      const { fingerprint = "", goodAt = 0 } = readHead(packed) ?? {};
      const args = [packed, fingerprint, goodAt, Date.now()];
      await ask((redis) => writeScript(redis, [itemKey(path)], args));
    },
    async readTrouble(path) {
      return parseTrouble(await ask((redis) => redis.get(itemTroubleKey(path))));
    },
    async writeTrouble(path, trouble) {
      const key = itemTroubleKey(path);
      await ask((redis) => redis.set(key, JSON.stringify(trouble), "PX", TROUBLE_LIFE_MS));
    },
    close() {
      breaker.close();
      client.disconnect();
    },
  };
}
