/** Finding the stored response for a request (RFC 9111 §4): the record under its key, then the variant that was chosen by the same fields. */
import { type Instant, joinedValue } from "../fields.ts";
import type { TieredStore } from "../store/tiered.ts";
import type { CacheEntry } from "./entry.ts";
import { variantKey } from "./key.ts";
import type { RequestHead } from "./message.ts";
import { afterPurges, type PurgeMarkers } from "./purge/purge.ts";
import type { CacheRecord } from "./record.ts";
import { comparable, normalisedValue, selectVariant } from "./vary.ts";

export type RecordStore = TieredStore<CacheRecord>;

/** `absent` carries what stands under the key for other requests, so that a new variant can be added to it. */
export type Found =
  | {
      readonly state: "found";
      readonly entry: CacheEntry;
      readonly record: CacheRecord;
      readonly key: string;
    }
  | { readonly state: "absent"; readonly record?: CacheRecord }
  | { readonly state: "failed"; readonly cause: Error };

/** What to look for: the key of the resource and the request as the source would see it. */
export interface Wanted {
  readonly primary: string;
  readonly request: RequestHead;
  /** Preset `api`: the fields that tell variants apart. Undefined: the response's Vary does. */
  readonly keyed: readonly string[] | undefined;
}

/** Where to look, and what operators have purged since. */
export interface LookUpTools {
  readonly store: RecordStore;
  readonly purges: PurgeMarkers;
  readonly now: () => Instant;
}

/** What the store had under a key. */
export type RecordRead = Awaited<ReturnType<RecordStore["read"]>>;

/** `known` is what stands under the primary key, when it was read just now. */
export async function lookUp(
  tools: LookUpTools,
  wanted: Wanted,
  known?: RecordRead,
): Promise<Found> {
  const { store } = tools;
  const read = known ?? (await store.read(wanted.primary));
  if (read.state !== "found") return read.state === "failed" ? read : { state: "absent" };
  const record = read.value;
  const key = keyWithin(record, wanted);
  if (key === undefined) return { state: "absent", record };
  if (record.kind === "entry") return unpurged(tools, record.entry, record, key);
  const variant = await store.read(key);
  if (variant.state === "failed") return variant;
  if (variant.state === "absent" || variant.value.kind !== "entry")
    return { state: "absent", record };
  return unpurged(tools, variant.value.entry, record, key);
}

function unpurged(tools: LookUpTools, stored: CacheEntry, record: CacheRecord, key: string): Found {
  const entry = afterPurges(tools.purges, stored, tools.now());
  return entry === undefined ? { state: "absent", record } : { state: "found", entry, record, key };
}

/** The key under which the matching response stands, if the record has one for this request. */
function keyWithin(record: CacheRecord, wanted: Wanted): string | undefined {
  const { primary, request, keyed } = wanted;
  if (keyed === undefined)
    return record.kind === "index" ? selectVariant(record.heads, request)?.key : primary;
  if (record.kind === "entry") return isDefaultVariant(request, keyed) ? primary : undefined;
  const key = variantKey(primary, keyed, variantValues(wanted, keyed));
  return record.heads.some((head) => head.key === key) ? key : undefined;
}

/**
 * The values that tell a request's variant apart, null for absent: exactly what is sent where the keyed fields are all that is sent, so that
 * equal keys mean equal requests, else in the form in which Vary compares them.
 */
export function variantValues(
  { request: { fields }, keyed }: Pick<Wanted, "request" | "keyed">,
  names: readonly string[],
): (string | null)[] {
  return names.map((name) => {
    if (keyed === undefined) return normalisedValue(name, fields) ?? null;
    const sent = joinedValue(fields, name);
    return sent === undefined ? null : comparable(name, sent);
  });
}

/** Whether a request has none of the keyed fields: its response may stand directly under the primary key. */
export function isDefaultVariant(request: RequestHead, keyed: readonly string[]): boolean {
  const { fields } = request;
  for (let i = 0; i < fields.length; i += 2) {
    if (keyed.includes(fields[i] as string)) return false;
  }
  return true;
}
