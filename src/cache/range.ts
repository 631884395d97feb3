/** Answering ranges from the store, and completing a stored part (RFC 9110 §14, §13.1.5; RFC 9111 §3.3, §3.4). */
import { type FieldList, hasField, valuesOf, withoutFields } from "../fields.ts";
import { type ByteRange, parseContentRange, parseRange } from "./byte-range.ts";
import type { CacheEntry } from "./entry.ts";
import { parseHttpDate } from "./http-date.ts";
import { firstValue, type RequestHead } from "./message.ts";
import { isStrongDate, matchesStrongly } from "./validator.ts";

/** How a stored response answers a request that may have a Range. `start` and `end` cut the stored body (`end` is exclusive). */
export type RangeAnswer =
  | { readonly kind: "whole" }
  | {
      readonly kind: "part";
      readonly fields: FieldList;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: "unsatisfiable"; readonly fields: FieldList }
  /** The entry is a part, and not the one that is asked for. */
  | { readonly kind: "not-held" };

/** The octets that an entry holds: where they begin, how many there are, and what the source declared them to be. */
interface Held {
  readonly first: number;
  readonly length: number;
  /** Last position that was declared, whether or not that many octets came. */
  readonly last: number;
  /** Of the whole representation; undefined when unknown. */
  readonly complete: number | undefined;
}

type Cut = { readonly start: number; readonly end: number } | "unsatisfiable" | "not-held";

const WHOLE: RangeAnswer = { kind: "whole" };
const NOT_HELD: RangeAnswer = { kind: "not-held" };

/** Several ranges, ranges of anything but a 200, and ranges whose If-Range fails are answered with the whole. */
export function answerRange(entry: CacheEntry, request: RequestHead): RangeAnswer {
  const fallback = entry.part === undefined ? WHOLE : NOT_HELD;
  const { status, fields } = entry.response;
  if (request.method !== "GET" || (status !== 200 && status !== 206)) return fallback;
  const range = parseRange(request.fields);
  if (range === undefined || range === "several") return fallback;
  if (!ifRangeHolds(entry, request)) return fallback;
  const held = heldBy(entry);
  const cut = held === undefined ? "not-held" : cutOf(range, held);
  if (cut === "not-held") return fallback;
  if (cut === "unsatisfiable") return unsatisfiable(held as Held);
  return { kind: "part", fields: partFields(fields, held as Held, cut), ...cut };
}

/** Whether the entry can answer the request at all: a complete one always can. */
export function holdsAnswer(entry: CacheEntry, request: RequestHead): boolean {
  return entry.part === undefined || answerRange(entry, request).kind !== "not-held";
}

function heldBy(entry: CacheEntry): Held | undefined {
  const { length } = entry.response.body;
  if (entry.part === undefined) return { first: 0, length, last: length - 1, complete: length };
  const declared = parseContentRange(entry.response.fields);
  if (declared === undefined) return undefined;
  const { first, last, complete } = declared;
  return { first, length: Math.min(length, last - first + 1), last, complete };
}

/**
 * Where to cut the held octets. Positions count from the declared first one, as far as octets are held: sources exist that
 * declare more, or another part than was asked for. For a part as declared this is the arithmetic of RFC 9110 §14.1.2.
 */
function cutOf(range: ByteRange, held: Held): Cut {
  if ("suffix" in range) return cutSuffix(range.suffix, held);
  const { first, length, last, complete } = held;
  if (complete !== undefined && range.first >= complete) return "unsatisfiable";
  const wantedLast = Math.min(
    range.last ?? Number.POSITIVE_INFINITY,
    (complete ?? Number.POSITIVE_INFINITY) - 1,
  );
  const start = range.first - first;
  if (start < 0 || start >= length || wantedLast > last) return "not-held";
  return { start, end: Math.min(wantedLast - first + 1, length) };
}

/** The end of the held octets is the end of the representation when the declared last position is. */
function cutSuffix(suffix: number, { first, length, last, complete }: Held): Cut {
  if (suffix === 0) return "unsatisfiable";
  if (complete === undefined || last !== complete - 1 || length === 0) return "not-held";
  if (suffix > length && first > 0) return "not-held";
  return { start: Math.max(0, length - suffix), end: length };
}

function partFields(fields: FieldList, held: Held, { start, end }: Exclude<Cut, string>): string[] {
  const first = held.first + start;
  const last = held.first + end - 1;
  return [
    ...withoutFields(fields, (name) => name === "content-length" || name === "content-range"),
    "Content-Range",
    `bytes ${first}-${last}/${held.complete ?? "*"}`,
    "Content-Length",
    String(end - start),
  ];
}

function unsatisfiable({ complete }: Held): RangeAnswer {
  const fields = ["Content-Range", `bytes */${complete}`, "Content-Length", "0"];
  return { kind: "unsatisfiable", fields };
}

/** Strong comparison only: a part of one version must not be joined to another (RFC 9110 §13.1.5). */
function ifRangeHolds(entry: CacheEntry, request: RequestHead): boolean {
  if (!hasField(request.fields, "if-range")) return true;
  const lines = valuesOf(request.fields, "if-range");
  if (lines.length !== 1) return false;
  const { fields } = entry.response;
  const condition = lines[0] as string;
  if (matchesStrongly(condition, firstValue(fields, "etag") ?? "")) return true;
  const isDate = parseHttpDate(condition, entry.storedAt) !== undefined;
  const same = isDate && condition === firstValue(fields, "last-modified");
  return same && isStrongDate(fields, entry.storedAt);
}
