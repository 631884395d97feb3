/** Who wishes that there are no reports about them. */
import type { RedisClient } from "../redis/connect.ts";
import { OPTED_OUT } from "../redis/keys.ts";

/** Logins in any case. Every call rejects while Redis is away: a wish that cannot be read is not passed over. */
export interface OptOuts {
  has(login: string): Promise<boolean>;
  add(login: string): Promise<void>;
  /** What the operator has put on the list stays there. */
  remove(login: string): Promise<void>;
}

/** `fixed`: the operator's list, in lower case. `client`: to the durable role. */
export function createOptOuts(client: RedisClient, fixed: readonly string[]): OptOuts {
  const always = new Set(fixed);
  return {
    has: async (login) => {
      const name = login.toLowerCase();
      return always.has(name) || (await client.sismember(OPTED_OUT, name)) === 1;
    },
    add: async (login) => void (await client.sadd(OPTED_OUT, login.toLowerCase())),
    remove: async (login) => void (await client.srem(OPTED_OUT, login.toLowerCase())),
  };
}
