/** Completing a stored part (RFC 9111 §3.4, RFC 9110 §15.3.7.3). */
import { type FieldList, withoutFields } from "../fields.ts";
import { parseContentRange } from "./byte-range.ts";
import type { CacheEntry } from "./entry.ts";
import type { ResponseHead } from "./message.ts";
import { updatedFields } from "./update-fields.ts";
import { strongTagOf } from "./validator.ts";

/** The fields that ask for what a stored prefix lacks; undefined when the entry is no prefix of a longer representation. */
export function missingRange(entry: CacheEntry): FieldList | undefined {
  const held = prefixOf(entry)?.length ?? 0;
  const complete = entry.part?.completeLength ?? Number.POSITIVE_INFINITY;
  if (held === 0 || held >= complete) return undefined;
  const tag = strongTagOf(entry.response.fields);
  return ["Range", `bytes=${held}-`, ...(tag === undefined ? [] : ["If-Range", tag])];
}

/** The held octets from the first on, no more of them than were declared; undefined for any other entry. */
function prefixOf({ part, response }: CacheEntry): Buffer | undefined {
  const declared = part?.first === 0 ? parseContentRange(response.fields) : undefined;
  return declared === undefined ? undefined : response.body.subarray(0, declared.last + 1);
}

/**
 * A stored prefix and the 206 that brings the rest, as one complete 200 with the newer fields. Undefined when they do not prove to be
 * parts of one representation: without the same strong validator, with a gap between them, or short of the end.
 */
export function joinParts(
  entry: CacheEntry,
  rest: ResponseHead,
  body: Buffer,
): { readonly response: ResponseHead; readonly body: Buffer } | undefined {
  const range = rest.status === 206 ? parseContentRange(rest.fields) : undefined;
  const held = prefixOf(entry);
  if (held === undefined || range?.complete === undefined) return undefined;
  const tag = strongTagOf(entry.response.fields);
  if (tag === undefined || tag !== strongTagOf(rest.fields)) return undefined;
  if (range.first > held.length || range.first + body.length !== range.complete) return undefined;
  if (range.complete !== (entry.part?.completeLength ?? range.complete)) return undefined;
  const whole = Buffer.concat([held.subarray(0, range.first), body]);
  const fields = withoutFields(
    updatedFields(entry.response.fields, rest.fields),
    (name) => name === "content-range" || name === "content-length",
  );
  fields.push("Content-Length", String(whole.length));
  return { response: { status: 200, statusText: "OK", fields }, body: whole };
}
