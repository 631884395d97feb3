/**
 * What stands under a primary key: the one stored response, or an index of several variants (RFC 9111 §4.1), each under a key of its own.
 * A variant counts only while the index lists it, so removing the record under the primary key invalidates all of them, and so does its eviction.
 */
import type { Instant } from "../fields.ts";
import type { CacheEntry } from "./entry.ts";
import type { VariantHead } from "./vary.ts";

export type CacheRecord = { readonly kind: "entry"; readonly entry: CacheEntry } | VariantIndex;

export interface VariantIndex {
  readonly kind: "index";
  /** Newest last. */
  readonly heads: readonly VariantHead[];
  /** Fetches that began before this fence may not add a variant: the resource was invalidated after. 0 for never. */
  readonly invalidatedAt: number;
  /** The newest fence it was written under. */
  readonly fence: number;
  /** The latest `deleteAt` of its variants. */
  readonly deleteAt: Instant;
}

/** Variants kept per resource; the oldest goes first. */
const MAX_VARIANTS = 64;

/** An empty index that keeps older fetches from storing what was invalidated at `fence`. */
export function tombstone(fence: number, deleteAt: Instant): VariantIndex {
  return { kind: "index", heads: [], invalidatedAt: fence, fence, deleteAt };
}

/** The index with one variant added or replaced, and the keys of those that fell out. */
export function withVariant(
  index: VariantIndex,
  head: VariantHead,
  entry: CacheEntry,
): { index: VariantIndex; dropped: string[] } {
  const heads = [...index.heads.filter((other) => other.key !== head.key), head];
  const dropped = heads.splice(0, Math.max(0, heads.length - MAX_VARIANTS)).map((old) => old.key);
  const fence = Math.max(index.fence, entry.fence);
  return {
    index: { ...index, heads, fence, deleteAt: Math.max(index.deleteAt, entry.deleteAt) },
    dropped,
  };
}
