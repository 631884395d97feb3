import { createHash } from "node:crypto";
import { messageOf } from "../errors.ts";
import type { RedisClient } from "./connect.ts";

type Argument = string | number | Buffer;

/** A Lua script, which Redis runs as one step. `keys` share a slot. */
export interface Script {
  (client: RedisClient, keys: readonly string[], args: readonly Argument[]): Promise<unknown>;
  /** What EVALSHA takes: a server that does not know the script refuses it. */
  readonly digest: string;
}

/** Sends the script's digest, and its text only to a server that does not know it yet. */
export function createScript(lua: string): Script {
  const digest = createHash("sha1").update(lua).digest("hex");
  const script = async (...[client, keys, args]: Parameters<Script>): Promise<unknown> => {
    try {
      return await client.evalsha(digest, keys.length, ...keys, ...args);
    } catch (failure) {
      if (!messageOf(failure).startsWith("NOSCRIPT")) throw failure;
      return client.eval(lua, keys.length, ...keys, ...args);
    }
  };
  return Object.assign(script, { digest });
}
