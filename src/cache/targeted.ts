/** Cache directives targeted at caches like this one: CDN-Cache-Control (RFC 9213). */
import type { Dictionary } from "structured-headers";
import { type FieldList, joinedValue } from "../fields.ts";
import type { Directive, Directives } from "./cache-control.ts";
import { dictionaryOf } from "./structured-field.ts";

const FIELD = "cdn-cache-control";
/** The directives that may name fields (RFC 9111 §5.2.2.4, §5.2.2.7). */
const NAMES_FIELDS = new Set(["no-cache", "private"]);
/** Members with a Decimal: `10.0` reads as the same number as `10`, but is no Integer. */
const DECIMALS = /(?<![a-z0-9_.*-])([a-z*][a-z0-9_.*-]*)=-?\d+\./g;

/**
 * The directives of CDN-Cache-Control. Undefined when the field is absent, empty or malformed anywhere: Cache-Control and Expires decide
 * then, and neither of them otherwise (§2.2). A directive with a value of the wrong type counts as malformed, so it gives no freshness.
 */
export function targetedDirectives(fields: FieldList): Directives | undefined {
  const dictionary = dictionaryOf(fields, FIELD);
  if (dictionary === undefined || dictionary.size === 0) return undefined;
  const text = joinedValue(fields, FIELD) as string;
  const decimals = new Set([...text.matchAll(DECIMALS)].map(([, key]) => key));
  const directives = new Map<string, Directive[]>();
  for (const [key, member] of dictionary) {
    directives.set(key, [decimals.has(key) ? MALFORMED : directiveOf(key, member)]);
  }
  return directives;
}

const MALFORMED: Directive = { value: undefined, wellFormed: false };

/** Parameters mean nothing (§2.1). */
function directiveOf(key: string, [value]: MemberOf<Dictionary>): Directive {
  if (value === true) return { value: undefined, wellFormed: true };
  if (typeof value === "number" && value >= 0) return { value: String(value), wellFormed: true };
  if (typeof value === "string" && NAMES_FIELDS.has(key)) return { value, wellFormed: true };
  return MALFORMED;
}

type MemberOf<D> = D extends Map<string, infer Member> ? Member : never;
