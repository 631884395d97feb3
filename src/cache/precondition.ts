/** A client's own conditions, judged against a stored response (RFC 9111 §4.3.2, RFC 9110 §13.1). */
import { type FieldList, hasField, type Instant, valuesOf, withoutFields } from "../fields.ts";
import { dateOf } from "./age.ts";
import type { CacheEntry } from "./entry.ts";
import { parseHttpDate } from "./http-date.ts";
import { firstValue, type RequestHead } from "./message.ts";
import { entityTags, matchesWeakly, nonEmpty } from "./validator.ts";

/**
 * Whether the client holds this response already. If-None-Match goes before If-Modified-Since; both only for GET and HEAD, and only
 * against a stored 200 or 206.
 */
export function preconditionOutcome(
  entry: CacheEntry,
  request: RequestHead,
): "not-modified" | "none" {
  const { status, fields } = entry.response;
  if (status !== 200 && status !== 206) return "none";
  if (request.method !== "GET" && request.method !== "HEAD") return "none";
  if (firstValue(request.fields, "if-none-match") !== undefined) {
    return hasTag(request.fields, fields) ? "not-modified" : "none";
  }
  if (firstValue(request.fields, "if-modified-since") === undefined) return "none";
  return isUnmodifiedSince(entry, request.fields) ? "not-modified" : "none";
}

function hasTag(requestFields: FieldList, stored: FieldList): boolean {
  const tags = entityTags(requestFields, "if-none-match");
  if (tags.includes("*")) return true;
  const tag = firstValue(stored, "etag");
  return tag !== undefined && tags.some((candidate) => matchesWeakly(candidate, tag));
}

/** Last-Modified, or else Date, or else the time of arrival, compared with If-Modified-Since; one that is no date is ignored. */
function isUnmodifiedSince(entry: CacheEntry, requestFields: FieldList): boolean {
  const { storedAt } = entry;
  const { fields } = entry.response;
  const lines = valuesOf(requestFields, "if-modified-since");
  const since = lines.length === 1 ? parseHttpDate(lines[0] as string, storedAt) : undefined;
  if (since === undefined) return false;
  return (lastModifiedOf(fields, storedAt) ?? dateOf(fields, storedAt) ?? storedAt) <= since;
}

function lastModifiedOf(fields: FieldList, now: Instant): Instant | undefined {
  const value = firstValue(fields, "last-modified");
  return value === undefined ? undefined : parseHttpDate(value, now);
}

/** Says how the octets are coded or what they are; the client has that with its own copy. */
const REPRESENTATION =
  /^(?:content-(?:digest|encoding|language|length|md5|range|type)|digest|repr-digest)$/;

/**
 * The fields of a 304 made from a stored response (RFC 9110 §15.4.5): all but representation metadata, so that ETag, Cache-Control,
 * Date, Expires and Vary are there and so is what browsers check, such as CORS. Last-Modified only stands in for an ETag.
 */
export function notModifiedFields(fields: FieldList): FieldList {
  const tagged = nonEmpty(fields, "etag") !== undefined;
  return withoutFields(
    fields,
    (name) => REPRESENTATION.test(name) || (tagged && name === "last-modified"),
  );
}

/** Whether the request has a condition that only the origin may judge (RFC 9111 §4.3.2): If-Match, If-Unmodified-Since. */
export function mustForward(request: RequestHead): boolean {
  const { fields } = request;
  return hasField(fields, "if-match") || hasField(fields, "if-unmodified-since");
}
