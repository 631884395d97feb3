/** Validators and their comparison (RFC 9110 §8.8). */
import { type FieldList, valuesOf } from "../fields.ts";
import { dateOf } from "./age.ts";
import { parseHttpDate } from "./http-date.ts";
import { firstValue } from "./message.ts";

/** The entity tag, or else the date of the last change; undefined when a response has neither. */
export function validatorOf(fields: FieldList): string | undefined {
  return nonEmpty(fields, "etag") ?? nonEmpty(fields, "last-modified");
}

/** The first line of a field, unless it is empty. */
export function nonEmpty(fields: FieldList, name: string): string | undefined {
  const value = firstValue(fields, name);
  return value === "" ? undefined : value;
}

/** An entity tag is opaque and has no escapes; what is not quoted is compared as it stands. */
const TAGS = /(?:W\/)?"[^"]*"|[^\s,"][^,"]*/g;

/** The entity tags of If-None-Match or If-Match, over all lines; empty members are left out. */
export function entityTags(fields: FieldList, name: string): string[] {
  return valuesOf(fields, name).flatMap((line) =>
    (line.match(TAGS) ?? []).map((tag) => tag.trim()),
  );
}

/** Weak comparison (§8.8.3.2): equal but for the prefix. */
export function matchesWeakly(a: string, b: string): boolean {
  return withoutPrefix(a) === withoutPrefix(b);
}

function withoutPrefix(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}

/** Strong comparison: equal, and neither of them weak. */
export function matchesStrongly(a: string, b: string): boolean {
  return a === b && isStrong(a);
}

/** The entity tag when it is strong: quoted, without prefix. */
export function strongTagOf(fields: FieldList): string | undefined {
  const tag = firstValue(fields, "etag");
  return tag !== undefined && isStrong(tag) ? tag : undefined;
}

function isStrong(tag: string): boolean {
  return /^"[^"]*"$/.test(tag);
}

/** Whether Last-Modified is a strong validator: the response was made at least a second after the change (§8.8.2.2). */
export function isStrongDate(fields: FieldList, now: number): boolean {
  const modified = parseHttpDate(firstValue(fields, "last-modified") ?? "", now);
  const date = dateOf(fields, now);
  return modified !== undefined && date !== undefined && date - modified >= 1000;
}
