/** Storing a response (RFC 9111 §3): under its key, or as one more variant of the resource. */

import type { Instant } from "../fields.ts";
import type { CacheEntry } from "./entry.ts";
import { inTurn } from "./in-turn.ts";
import { variantKey } from "./key.ts";
import { isDefaultVariant, type RecordStore, variantValues, type Wanted } from "./lookup.ts";
import { type CacheRecord, type VariantIndex, withVariant } from "./record.ts";
import { type VariantHead, variantHead, varyNames } from "./vary.ts";

export type Saved = "written" | "superseded" | "failed";

/**
 * Stores an entry for the request that brought it. `known` is what stood under the primary key before the fetch: other variants may have come
 * since, so it only counts while the store cannot be asked again. Variants of one resource are added in turn, so that none takes another out.
 */
export function saveEntry(
  store: RecordStore,
  wanted: Wanted,
  entry: CacheEntry,
  known: CacheRecord | undefined,
  now: Instant,
): Promise<Saved> {
  return inTurn(wanted.primary, () => save(store, wanted, entry, known, now));
}

async function save(
  store: RecordStore,
  wanted: Wanted,
  entry: CacheEntry,
  known: CacheRecord | undefined,
  now: Instant,
): Promise<Saved> {
  const read = await store.read(wanted.primary);
  const current = read.state === "found" ? read.value : undefined;
  const record = read.state === "failed" ? known : current;
  const names = namesOf(wanted, entry);
  const alone =
    names.length === 0 || (wanted.keyed !== undefined && isDefaultVariant(wanted.request, names));
  if (alone && record?.kind !== "index") {
    return store.write(
      wanted.primary,
      { kind: "entry", entry },
      { fence: entry.fence, ttlMs: ttlOf(entry, now) },
    );
  }
  return saveVariant(store, wanted, names, entry, record, now);
}

/** The fields that tell this response's variants apart. */
export function namesOf(wanted: Wanted, entry: CacheEntry): readonly string[] {
  if (wanted.keyed !== undefined) return wanted.keyed;
  const names = varyNames(entry.response.fields);
  return names === "*" ? [] : names;
}

async function saveVariant(
  store: RecordStore,
  wanted: Wanted,
  names: readonly string[],
  entry: CacheEntry,
  record: CacheRecord | undefined,
  now: Instant,
): Promise<Saved> {
  const index = await indexFor(store, wanted, record, now);
  if (entry.fence < index.invalidatedAt) return "superseded";
  const key = variantKey(wanted.primary, names, variantValues(wanted, names));
  const saved = await store.write(
    key,
    { kind: "entry", entry },
    { fence: entry.fence, ttlMs: ttlOf(entry, now) },
  );
  if (saved !== "written") return saved;
  const head = variantHead(entry, key, names, wanted.request);
  const { index: grown, dropped } = withVariant(index, head, entry);
  const outcome = await store.write(wanted.primary, grown, {
    fence: grown.fence,
    ttlMs: Math.max(1, grown.deleteAt - now),
  });
  // Left behind they are unreachable, and expire.
  if (dropped.length > 0) await store.remove(dropped).catch(() => 0);
  return outcome;
}

/** The index to add a variant to. A response that stood alone becomes its first variant. */
async function indexFor(
  store: RecordStore,
  wanted: Wanted,
  record: CacheRecord | undefined,
  now: Instant,
): Promise<VariantIndex> {
  if (record?.kind === "index") return record;
  const empty: VariantIndex = {
    kind: "index",
    heads: [],
    invalidatedAt: 0,
    fence: 0,
    deleteAt: now,
  };
  if (record === undefined || record.entry.deleteAt <= now) return empty;
  const alone = record.entry;
  const names = namesOf(wanted, alone);
  const request = { ...wanted.request, fields: alone.requestFields };
  const key = variantKey(wanted.primary, names, variantValues({ ...wanted, request }, names));
  const saved = await store.write(key, record, { fence: alone.fence, ttlMs: ttlOf(alone, now) });
  if (saved === "failed") return empty;
  const head: VariantHead = variantHead(alone, key, names, request);
  return withVariant(empty, head, alone).index;
}

function ttlOf(entry: CacheEntry, now: Instant): number {
  return Math.max(1, entry.deleteAt - now);
}
