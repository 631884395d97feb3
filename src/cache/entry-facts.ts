/** What the fields of an entry say about its reuse, worked out once per entry and route mode instead of once per request. */
import type { Route } from "../config/route.ts";
import type { CacheEntry } from "./entry.ts";
import { forbidsStale, responseDirectives } from "./response-directives.ts";
import { validatorOf } from "./validator.ts";

export interface EntryFacts {
  /** Whether it can be validated with its source. */
  readonly validatable: boolean;
  /** Unqualified `no-cache`: every reuse needs validation. */
  readonly noCache: boolean;
  /** Whether the response forbids being reused stale (RFC 9111 §4.2.4). */
  readonly staleForbidden: boolean;
}

const known = new WeakMap<CacheEntry, EntryFacts>();

/** The facts of an entry, which belongs to one route. Under fixed freshness the operator's word stands in for the source's directives. */
export function factsOf(entry: CacheEntry, route: Route): EntryFacts {
  const facts = known.get(entry);
  if (facts !== undefined) return facts;
  const { fields } = entry.response;
  const directives = responseDirectives(fields, route.targetedCacheControl);
  const obeyed = route.freshness.mode === "origin";
  const made: EntryFacts = {
    validatable: validatorOf(fields) !== undefined,
    noCache: obeyed && directives.noCache,
    staleForbidden: obeyed && forbidsStale(directives),
  };
  known.set(entry, made);
  return made;
}
