/** The syntax of byte ranges (RFC 9110 §14.1, §14.2, §14.4). */
import { type FieldList, valuesOf } from "../fields.ts";

/** A single byte range that is asked for. */
export type ByteRange =
  | { readonly first: number; readonly last?: number }
  /** The last octets, however many there are. */
  | { readonly suffix: number };

/** Which part a 206 is, as it declares. `complete` is absent where it is unknown (`*`). */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  readonly complete?: number;
}

const SINGLE = /^bytes=[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/i;
const SEVERAL = /^bytes=.*,/i;
const CONTENT_RANGE = /^bytes (\d+)-(\d+)\/(?:(\d+)|\*)$/i;

/**
 * What the request's Range asks for: one range, several of them, or undefined when there is no Range or it must be ignored: an unknown
 * unit, no valid range, the field repeated.
 */
export function parseRange(fields: FieldList): ByteRange | "several" | undefined {
  const lines = valuesOf(fields, "range");
  if (lines.length !== 1) return undefined;
  const line = lines[0] as string;
  const match = SINGLE.exec(line);
  if (match === null) return SEVERAL.test(line) ? "several" : undefined;
  const [, first, last, suffix] = match;
  if (suffix !== undefined) return { suffix: Number(suffix) };
  if (last === "") return { first: Number(first) };
  return Number(last) < Number(first) ? undefined : { first: Number(first), last: Number(last) };
}

/** Which part a 206 declares to be; undefined when it does not say so plainly. */
export function parseContentRange(fields: FieldList): ContentRange | undefined {
  const lines = valuesOf(fields, "content-range");
  const match = lines.length === 1 ? CONTENT_RANGE.exec(lines[0] as string) : null;
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2]);
  if (last < first || !Number.isSafeInteger(last)) return undefined;
  if (match[3] === undefined) return { first, last };
  const complete = Number(match[3]);
  return last < complete && Number.isSafeInteger(complete) ? { first, last, complete } : undefined;
}
