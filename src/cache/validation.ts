/** Validating stored responses (RFC 9111 §4.3.1, §4.3.3 to §4.3.5). */
import { type FieldList, withoutFields } from "../fields.ts";
import type { CacheEntry } from "./entry.ts";
import { type Arrival, overAtOnce } from "./instants.ts";
import { firstValue, type ResponseHead } from "./message.ts";
import { makeEntry } from "./new-entry.ts";
import { updatedFields } from "./update-fields.ts";
import { matchesWeakly, nonEmpty } from "./validator.ts";

/** Fields that turn a request into a validation of the entry: its validators exactly as they came. Empty when it has none. */
export function validationFields(entry: CacheEntry): FieldList {
  const { fields } = entry.response;
  const tag = nonEmpty(fields, "etag");
  const modified = nonEmpty(fields, "last-modified");
  return [
    ...(tag === undefined ? [] : ["If-None-Match", tag]),
    ...(modified === undefined ? [] : ["If-Modified-Since", modified]),
  ];
}

/**
 * The entry after a 304 to a validation of it: fields updated, freshness counted anew (§4.3.4). Many sources repeat no validator, so a 304
 * without one is about the entry that was asked about. One with another validator is not and updates nothing: the entry that comes
 * back is good for one answer and gone when it is stored, so that the next request asks for everything.
 */
export function freshen(
  entry: CacheEntry,
  notModified: ResponseHead,
  arrival: Arrival,
): CacheEntry {
  const stored = entry.response.fields;
  if (!isAbout(stored, notModified.fields)) {
    return { ...entry, fence: arrival.fence, ...overAtOnce(entry.bornAt, arrival.responseAt) };
  }
  return withUpdatedFields(entry, notModified.fields, arrival);
}

/** Compared weakly: sources exist that drop the prefix in a 304. Last-Modified only counts where there is no entity tag. */
function isAbout(stored: FieldList, received: FieldList): boolean {
  const tag = nonEmpty(received, "etag");
  const storedTag = nonEmpty(stored, "etag");
  if (tag !== undefined) return storedTag !== undefined && matchesWeakly(tag, storedTag);
  const modified = nonEmpty(received, "last-modified");
  if (storedTag !== undefined || modified === undefined) return true;
  return modified === nonEmpty(stored, "last-modified");
}

/**
 * The entry after a response to HEAD (§4.3.5): updated by a 200 whose validators and length are those of the entry, `mismatch` when
 * they differ and the entry must go. Other statuses say nothing of it: the entry itself comes back.
 */
export function freshenFromHead(
  entry: CacheEntry,
  head: ResponseHead,
  arrival: Arrival,
): CacheEntry | "mismatch" {
  if (head.status !== 200) return entry;
  const { status } = entry.response;
  if ((status !== 200 && status !== 206) || !describesEntry(entry, head.fields)) return "mismatch";
  return withUpdatedFields(entry, head.fields, arrival);
}

function describesEntry(entry: CacheEntry, fields: FieldList): boolean {
  const { body, fields: stored } = entry.response;
  for (const name of ["etag", "last-modified"]) {
    const received = firstValue(fields, name);
    if (received !== undefined && received !== firstValue(stored, name)) return false;
  }
  const length = firstValue(fields, "content-length");
  const complete = entry.part === undefined ? body.length : entry.part.completeLength;
  return length === undefined || complete === undefined || Number(length) === complete;
}

/** The stored entity tag stays where the newer one only matches it weakly: what was weak does not become strong. */
function withUpdatedFields(entry: CacheEntry, newer: FieldList, arrival: Arrival): CacheEntry {
  const { target, requestFields, response } = entry;
  const keepsTag = nonEmpty(response.fields, "etag")?.startsWith("W/") ?? false;
  const updates = withoutFields(newer, (name) => keepsTag && name === "etag");
  const fields = updatedFields(response.fields, updates);
  return makeEntry(arrival, { target, requestFields, response: { ...response, fields } });
}
