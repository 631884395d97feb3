/** Reads of the pages Redis: its keys batch by batch, and values of keys that may be of any type or gone. */
import { isUtf8 } from "node:buffer";
import { Cluster, type Redis } from "ioredis";
import type { RedisClient } from "../redis/connect.ts";

const BATCH = 1_000;

/**
 * Every key that matches the glob, as bytes, over all masters of a Cluster. SCAN: keys that are there throughout come at least once,
 * some twice.
 */
export async function* scanKeys(
  client: RedisClient,
  glob: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer[]> {
  const nodes: readonly Redis[] = client instanceof Cluster ? client.nodes("master") : [client];
  for (const node of nodes) {
    let cursor = "0";
    do {
      signal.throwIfAborted();
      const [next, keys] = await node.scanBuffer(cursor, "MATCH", glob, "COUNT", BATCH);
      cursor = next.toString();
      if (keys.length > 0) yield keys;
    } while (cursor !== "0");
  }
}

/** A prefix as a glob that matches just what starts with it. */
export function startingWith(prefix: string): string {
  return `${prefix.replaceAll(/[*?[\]\\^]/g, "\\$&")}*`;
}

/** The text of a key, or undefined when its bytes are not text: whatever is built from it would be another key. */
export function textOf(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString("utf8") : undefined;
}

/** Values in the order of the keys: null for a key that is gone, "not-a-string" for one that holds something else. */
export async function readStrings(
  client: RedisClient,
  keys: readonly (string | Buffer)[],
): Promise<(Buffer | null | "not-a-string")[]> {
  const replies = await all(client, keys, (to, key) => to.getBuffer(key));
  return replies.map(([failure, value]) => {
    if (failure === null) return value as Buffer | null;
    if (failure.message.startsWith("WRONGTYPE")) return "not-a-string";
    throw failure;
  });
}

/** Milliseconds that each key has left: -1 for one that stays, -2 for one that is gone. */
export async function readLives(client: RedisClient, keys: readonly string[]): Promise<number[]> {
  return succeeded(await all(client, keys, (to, key) => to.pttl(key)));
}

/** `string`, `hash` and so on; `none` for a key that is gone. */
export async function readTypes(client: RedisClient, keys: readonly string[]): Promise<string[]> {
  return succeeded(await all(client, keys, (to, key) => to.type(key)));
}

export async function unlinkAll(client: RedisClient, keys: readonly string[]): Promise<void> {
  succeeded(await all(client, keys, (to, key) => to.unlink(key)));
}

function succeeded<T>(replies: readonly Reply[]): T[] {
  return replies.map(([failure, value]) => {
    if (failure !== null) throw failure;
    return value as T;
  });
}

type Reply = [failure: Error | null, value: unknown];
type Commands = Pick<Redis, "getBuffer" | "pttl" | "type" | "unlink">;

/** One round trip; in a Cluster, where the keys are on many nodes, one command each. */
async function all(
  client: RedisClient,
  keys: readonly (string | Buffer)[],
  ask: (to: Commands, key: string | Buffer) => unknown,
): Promise<Reply[]> {
  if (keys.length === 0) return [];
  if (client instanceof Cluster) {
    const asked = keys.map((key) => ask(client as unknown as Commands, key) as Promise<unknown>);
    const settled = await Promise.allSettled(asked);
    return settled.map((one) =>
      one.status === "fulfilled" ? [null, one.value] : [one.reason as Error, null],
    );
  }
  const pipeline = client.pipeline();
  for (const key of keys) ask(pipeline as unknown as Commands, key);
  return ((await pipeline.exec()) ?? []) as Reply[];
}
