import type { FieldList, Instant } from "../fields.ts";
import type { CacheEntry } from "./entry.ts";
import type { RequestHead } from "./message.ts";

/** What tells a stored variant apart from its siblings. */
export interface VariantHead {
  /** Nominated request fields, lower case, sorted. */
  readonly names: readonly string[];
  /** Their normalised values, in the order of `names`; null for absent. */
  readonly values: readonly (string | null)[];
  /** The one language of the response, lower case. */
  readonly contentLanguage?: string;
  readonly storedAt: Instant;
  readonly key: string;
}

/** The fields that a response's Vary nominates: lower case, sorted, once each. `*` when it cannot be matched. */
export function varyNames(_fields: FieldList): readonly string[] | "*" {
  throw new Error("later");
}

/** The value of a request field as it is compared; undefined when the request has no such field. */
export function normalisedValue(_name: string, _fields: FieldList): string | undefined {
  throw new Error("later");
}

export function matchesVary(
  _names: readonly string[],
  _stored: FieldList,
  _request: RequestHead,
): boolean {
  throw new Error("later");
}

export function selectVariant(
  _variants: readonly VariantHead[],
  _request: RequestHead,
): VariantHead | undefined {
  throw new Error("later");
}

export function variantHead(
  _entry: CacheEntry,
  _key: string,
  _names: readonly string[],
  _request: RequestHead,
): VariantHead {
  throw new Error("later");
}
