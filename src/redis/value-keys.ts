/**
 * Keys of the value cache in Redis. Unlike those of responses they can be read, so that patterns find them: a short digest in braces spreads
 * them over the slots of a Cluster, and the key as the application gave it follows.
 */
import { hash } from "node:crypto";
import { KEY_PREFIX } from "./keys.ts";

/** What every value's key starts with: as long as `ENTRY_PREFIX`, because frames and pieces are named by what follows. */
export const VALUE_PREFIX = `${KEY_PREFIX}v:`;

/** What every counter's key starts with. */
const COUNTER_PREFIX = `${KEY_PREFIX}n:`;

/** Enough to tell two keys' frames apart and to spread them; the key itself stands behind it. */
const DIGEST_CHARACTERS = 12;

/** The name of a stored value. `key` says kind, namespace and the application's key. */
export function valueKey(key: string): string {
  return `${VALUE_PREFIX}${placed(key)}`;
}

/** The name of a counter, a plain number of Redis. */
export function counterKey(key: string): string {
  return `${COUNTER_PREFIX}${placed(key)}`;
}

function placed(key: string): string {
  return `{${hash("sha256", key, "base64url").slice(0, DIGEST_CHARACTERS)}}:${key}`;
}

const READABLE_AT = VALUE_PREFIX.length + DIGEST_CHARACTERS + 3;

/** The key that the name of a value or counter was made from. */
export function keyOfValue(name: string): string {
  return name.slice(READABLE_AT);
}

const ANY_DIGEST = `{${"?".repeat(DIGEST_CHARACTERS)}}:`;

/** A pattern of Redis for the names of values whose keys match `pattern`. */
export function valuePattern(pattern: string): string {
  return `${VALUE_PREFIX}${ANY_DIGEST}${pattern}`;
}

/** The same for counters. */
export function counterPattern(pattern: string): string {
  return `${COUNTER_PREFIX}${ANY_DIGEST}${pattern}`;
}
