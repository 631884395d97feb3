/** What a request asks of caches (RFC 9111 §5.2.1, RFC 5861 §4). A directive that cannot be read says nothing. Pragma is ignored (§5.4). */
import type { Route } from "../config/route.ts";
import { type FieldList, valuesOf } from "../fields.ts";
import { type Directives, parseCacheControl, secondsOf } from "./cache-control.ts";
import { firstValue, type RequestHead } from "./message.ts";

export interface RequestDirectives {
  readonly noCache: boolean;
  readonly noStore: boolean;
  readonly onlyIfCached: boolean;
  readonly maxAgeMs?: number;
  readonly minFreshMs?: number;
  /** How stale a response may be; `Infinity` for `max-stale` without a value. */
  readonly maxStaleMs?: number;
  readonly staleIfErrorMs?: number;
}

const NONE: RequestDirectives = { noCache: false, noStore: false, onlyIfCached: false };

/**
 * The directives of a request that a route obeys. Where it ignores its clients' Cache-Control that includes `no-store`: the operator
 * answers for what is stored, as for any cache on the source's side.
 */
export function obeyedDirectives(
  request: RequestHead,
  route: Pick<Route, "clientCacheControl">,
): RequestDirectives {
  return route.clientCacheControl === "honour" ? requestDirectives(request.fields) : NONE;
}

function requestDirectives(fields: FieldList): RequestDirectives {
  if (firstValue(fields, "cache-control") === undefined) return NONE;
  const directives = parseCacheControl(valuesOf(fields, "cache-control"));
  return {
    noCache: directives.has("no-cache"),
    noStore: directives.has("no-store"),
    onlyIfCached: directives.has("only-if-cached"),
    ...optionalMs("maxAgeMs", directives, "max-age"),
    ...optionalMs("minFreshMs", directives, "min-fresh"),
    ...maxStale(directives),
    ...optionalMs("staleIfErrorMs", directives, "stale-if-error"),
  };
}

function optionalMs<K extends string>(
  member: K,
  directives: Directives,
  name: string,
): { readonly [P in K]?: number } {
  const seconds = secondsOf(directives, name);
  if (typeof seconds !== "number") return {};
  return { [member]: seconds * 1000 } as { readonly [P in K]?: number };
}

function maxStale(directives: Directives): Pick<RequestDirectives, "maxStaleMs"> {
  const first = directives.get("max-stale")?.[0];
  if (first?.wellFormed && first.value === undefined) {
    return { maxStaleMs: Number.POSITIVE_INFINITY };
  }
  return optionalMs("maxStaleMs", directives, "max-stale");
}
