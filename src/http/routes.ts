/** The route table: which configured route answers a target, and what is worked out once per route instead of once per request. */
import { keyScope } from "../cache/key.ts";
import { pathOf } from "../cache/target.ts";
import type { Route } from "../config/route.ts";
import type { FieldList } from "../fields.ts";
import type { Source } from "../sources/source.ts";

/** A route with its source and what every request of it shares. */
export interface ServedRoute {
  readonly route: Route;
  readonly source: Source;
  readonly scope: string;
  /** Preset `api`: the forwarded request fields (lower case, sorted) that tell variants apart; undefined for `transparent`, where Vary does. */
  readonly keyed: readonly string[] | undefined;
  /** Preset `api`: everything that may reach the source. */
  readonly forwarded: ReadonlySet<string>;
  /** Whether a plain request's target is its key as it is, and nothing but listed fields and methods bypasses the store. */
  readonly plain: boolean;
  /** Request fields (lower case) whose presence takes a request off the hot path. */
  readonly special: ReadonlySet<string>;
  /** Fields that we add to answers from the store, and to answers that came from the source on their way into it. */
  readonly hitFields: FieldList;
  readonly missFields: FieldList;
}

/** Request fields that say how a body is framed or who asks: they go to the source but tell no variants apart. */
const UNKEYED = new Set([
  "authorization",
  "content-type",
  "content-length",
  "content-encoding",
  "content-language",
]);

/** Conditions, ranges, cache control, credentials and bodies: what may change whether or how a stored response answers. */
const SPECIAL = [
  "if-none-match",
  "if-modified-since",
  "if-match",
  "if-unmodified-since",
  "if-range",
  "range",
  "cache-control",
  "pragma",
  "authorization",
  "content-length",
  "transfer-encoding",
  "expect",
  "upgrade",
];

/** RFC 9110 §7.6.3. */
export const VIA: FieldList = ["Via", "1.1 warmfront"];

export function serveRoute(route: Route, source: Source): ServedRoute {
  const listed = [...new Set([...route.forward, ...route.key.fields])].toSorted();
  return {
    route,
    source,
    scope: keyScope(route),
    keyed: route.preset === "api" ? listed.filter((name) => !UNKEYED.has(name)) : undefined,
    forwarded: new Set(listed),
    plain:
      route.key.query.mode === "all" && route.bypass.query.length === 0 && !bypassesReads(route),
    special: new Set([...SPECIAL, ...route.bypass.fields]),
    hitFields: [...VIA, ...(route.compat.xRedisCache ? ["X-Redis-Cache", "HIT"] : [])],
    missFields: [...VIA, ...(route.compat.xRedisCache ? ["X-Redis-Cache", "MISS"] : [])],
  };
}

function bypassesReads({ bypass }: Route): boolean {
  return bypass.methods.includes("GET") || bypass.methods.includes("HEAD");
}

/** Finds the route with the longest path that matches. Matching is on the exact bytes of the target's path. */
export function createRouteTable<R extends { readonly route: Pick<Route, "path"> } = ServedRoute>(
  routes: readonly R[],
): (target: string) => R | undefined {
  const patterns = routes
    .map((served) => ({
      served,
      wildcard: served.route.path.endsWith("*"),
      prefix: served.route.path.replace(/\*$/, ""),
    }))
    .toSorted(
      (a, b) => Number(a.wildcard) - Number(b.wildcard) || b.prefix.length - a.prefix.length,
    );
  return (target) => {
    for (const { served, wildcard, prefix } of patterns) {
      if (wildcard ? target.startsWith(prefix) : pathOf(target) === prefix) return served;
    }
    return undefined;
  };
}
