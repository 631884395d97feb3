/** Choosing among stored variants by the request fields that Vary nominates (RFC 9111 §4.1). */
import { createHash } from "node:crypto";
import { type FieldList, type Instant, valuesOf } from "../fields.ts";
import { normalisedLanguages, preferredLanguage } from "./accept-language.ts";
import type { CacheEntry } from "./entry.ts";
import { splitMembers } from "./list-field.ts";
import type { RequestHead } from "./message.ts";

/** What tells a stored variant apart from its siblings. */
export interface VariantHead {
  /** The request fields that count, lower case. */
  readonly names: readonly string[];
  /** Their normalised values, in the order of `names`; null for absent. */
  readonly values: readonly (string | null)[];
  /** The one language of the response, lower case. */
  readonly contentLanguage?: string;
  readonly storedAt: Instant;
  readonly key: string;
}

/** Compared by a digest, so that no key or index holds a credential. */
const CREDENTIALS = new Set(["authorization", "proxy-authorization", "cookie", "cookie2"]);

/** Longer values are compared by a digest too, so that strangers cannot fill an index with theirs. */
const LONGEST_VALUE = 256;
/** A Vary with more names than this matches hardly any request, and is taken for one that matches none. */
const MOST_NAMES = 32;

/** The request fields that a response's Vary nominates: lower case, sorted, once each. `*`: it never matches a request. */
export function varyNames(fields: FieldList): readonly string[] | "*" {
  const members = valuesOf(fields, "vary").flatMap((line) => line.toLowerCase().split(","));
  const names = new Set(members.map((member) => member.trim()));
  names.delete("");
  return names.has("*") || names.size > MOST_NAMES ? "*" : [...names].sort();
}

/**
 * The value of a request field in the form in which it is compared: lines joined, no blanks round commas, languages ordered; a digest
 * for credentials and long ones. Undefined when the request has no such field, which only matches another absence. `name` is lower case.
 */
export function normalisedValue(name: string, fields: FieldList): string | undefined {
  const lines = valuesOf(fields, name);
  if (lines.length === 0) return undefined;
  const members = splitMembers(lines.join(","));
  const joined = members.map((member) => member.text).join(",");
  const value = name === "accept-language" ? (normalisedLanguages(joined) ?? joined) : joined;
  return comparable(name, value);
}

/** A value as keys and indexes hold it. A digest begins with NUL, which stands in no field value, so that no value passes for one. */
export function comparable(name: string, value: string): string {
  if (value.length <= LONGEST_VALUE && !CREDENTIALS.has(name)) return value;
  return `\0${createHash("sha256").update(value).digest("base64url")}`;
}

/** Whether two requests agree on all fields that a response's Vary nominates. */
export function isChosenBySame(fields: FieldList, a: RequestHead, b: RequestHead): boolean {
  const names = varyNames(fields);
  if (names === "*") return false;
  return names.every((name) => normalisedValue(name, a.fields) === normalisedValue(name, b.fields));
}

/** The head of an entry as a variant, by the fields of the request that brought it. */
export function variantHead(
  entry: CacheEntry,
  key: string,
  names: readonly string[],
  request: RequestHead,
): VariantHead {
  const language = contentLanguageOf(entry.response.fields);
  return {
    names,
    values: names.map((name) => normalisedValue(name, request.fields) ?? null),
    ...(language === undefined ? {} : { contentLanguage: language }),
    storedAt: entry.storedAt,
    key,
  };
}

function contentLanguageOf(fields: FieldList): string | undefined {
  const lines = valuesOf(fields, "content-language");
  const language = lines.length === 1 ? (lines[0] as string).trim().toLowerCase() : "";
  return /^[a-z0-9-]+$/.test(language) ? language : undefined;
}

/**
 * The newest variant that matches the request. If none does, the newest that differs in Accept-Language alone and is in the one
 * language that the request prefers above all others (RFC 9110 §12.5.4).
 */
export function selectVariant(
  variants: readonly VariantHead[],
  request: RequestHead,
): VariantHead | undefined {
  const values = new Map<string, string | null>();
  const askedValue = (name: string) => {
    const known = values.get(name);
    if (known !== undefined) return known;
    const value = normalisedValue(name, request.fields) ?? null;
    values.set(name, value);
    return value;
  };
  const matches = (variant: VariantHead, except?: string) =>
    variant.names.every((name, i) => name === except || variant.values[i] === askedValue(name));
  return (
    newest(variants.filter((variant) => matches(variant))) ??
    newestInLanguage(
      variants.filter((variant) => matches(variant, "accept-language")),
      request,
    )
  );
}

function newestInLanguage(
  variants: readonly VariantHead[],
  request: RequestHead,
): VariantHead | undefined {
  if (variants.length === 0) return undefined;
  const preferred = preferredLanguage(valuesOf(request.fields, "accept-language").join(","));
  if (preferred === undefined) return undefined;
  return newest(variants.filter((variant) => variant.contentLanguage === preferred));
}

/** The later of equals: an index lists the newest last. */
function newest(variants: readonly VariantHead[]): VariantHead | undefined {
  let best: VariantHead | undefined;
  for (const variant of variants) {
    if (best === undefined || variant.storedAt >= best.storedAt) best = variant;
  }
  return best;
}
