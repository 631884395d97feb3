/** Looking through everything that is stored, a page at a time: for people, never for an answer. */
import type { RedisClient } from "../redis/connect.ts";
import { ENTRY_PREFIX, pieceKey } from "../redis/keys.ts";
import type { StoreRedis } from "../redis/store-redis.ts";
import { formOf, HEAD_BYTES, readHead } from "./frame.ts";

/** The beginning of one stored value, unchecked. */
export interface StartOfValue {
  /** As `readReference` takes it. */
  readonly reference: string;
  /** The value's first bytes: all of a small one. */
  readonly start: Buffer;
}

/** Bytes of each value that are looked at. */
const START_BYTES = 8_192;
/** Keys that one SCAN goes through. */
const KEYS_PER_SCAN = 500;

type Node = Extract<RedisClient, { scanStream: unknown }>;

/** All values, in no order, some perhaps twice. Throws when Redis does not answer. */
export async function* scanStore(redis: StoreRedis): AsyncGenerator<readonly StartOfValue[]> {
  const nodes = await redis.work(async (client) => nodesOf(client));
  for (const node of nodes) {
    let cursor = "0";
    do {
      const at = cursor;
      const page = await redis.work(() => readPage(node, at));
      cursor = page.next;
      yield page.values;
    } while (cursor !== "0");
  }
}

/** The names of all keys that match a pattern of Redis, in no order, some perhaps twice. Throws when Redis does not answer. */
export async function* scanKeys(
  redis: StoreRedis,
  pattern: string,
): AsyncGenerator<readonly string[]> {
  const nodes = await redis.work(async (client) => nodesOf(client));
  for (const node of nodes) {
    let cursor = "0";
    do {
      const at = cursor;
      const [next, keys] = await redis.work(() =>
        node.scan(at, "MATCH", pattern, "COUNT", KEYS_PER_SCAN),
      );
      cursor = next;
      if (keys.length > 0) yield keys;
    } while (cursor !== "0");
  }
}

/** Every server that holds keys of its own. */
function nodesOf(client: RedisClient): Node[] {
  return "nodes" in client ? client.nodes("master") : [client];
}

async function readPage(
  node: Node,
  cursor: string,
): Promise<{ readonly next: string; readonly values: readonly StartOfValue[] }> {
  const [next, keys] = await node.scan(cursor, "MATCH", `${ENTRY_PREFIX}*`, "COUNT", KEYS_PER_SCAN);
  const values = await Promise.all(keys.map((key) => readStart(node, key)));
  return { next, values: values.filter((value) => value !== undefined) };
}

async function readStart(node: Node, key: string): Promise<StartOfValue | undefined> {
  const blob = await node.getrangeBuffer(key, 0, HEAD_BYTES + START_BYTES - 1);
  const form = formOf(blob);
  if (form === "whole") return { reference: key, start: blob.subarray(HEAD_BYTES) };
  if (form !== "pieces") return undefined;
  const piece = pieceKey(key, readHead(blob).write, 0);
  return { reference: key, start: await node.getrangeBuffer(piece, 0, START_BYTES - 1) };
}
