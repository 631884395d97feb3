import { splitSourceUrl } from "./addresses.ts";
import { bytes, fraction, milliseconds } from "./compile-words.ts";
import type { FixedFreshness, OriginFreshness, QueryRule, Route, RouteGuards } from "./route.ts";
import type { RouteSettings } from "./schema-route.ts";

const lowerCase = (names: readonly string[]) => names.map((name) => name.toLowerCase());

export function compileRoute(settings: RouteSettings): Route {
  const { path, bypass, headers, key, soft_timeout: softTimeout } = settings;
  return {
    id: settings.name ?? path,
    path,
    source: compileSource(settings.source),
    preset: settings.preset,
    freshness: compileFreshness(settings.freshness),
    maxBody: bytes(settings.max_body),
    bypass: {
      query: Object.entries(bypass.query),
      methods: bypass.methods,
      fields: lowerCase(bypass.fields),
    },
    forward: lowerCase(headers.forward ?? []),
    key: { query: compileQuery(key.query), fields: lowerCase(key.fields) },
    encodedSlashes: settings.encoded_slashes,
    perPrincipal: settings.per === "principal",
    ...(softTimeout !== undefined && { softTimeoutMs: milliseconds(softTimeout) }),
    refreshAhead: fraction(settings.refresh_ahead),
    guards: compileGuards(settings.guards),
    versions: settings.versions,
    targetedCacheControl: settings.targeted_cache_control,
    clientCacheControl: settings.client_cache_control,
    compat: { xRedisCache: settings.compat.x_redis_cache },
  };
}

function compileSource({ url, strip_prefix, timeouts }: RouteSettings["source"]): Route["source"] {
  return {
    ...splitSourceUrl(url),
    stripPrefix: strip_prefix?.replace(/\/+$/, "") ?? "",
    timeouts: {
      connectMs: milliseconds(timeouts.connect),
      firstByteMs: milliseconds(timeouts.first_byte),
      idleMs: milliseconds(timeouts.idle),
      totalMs: milliseconds(timeouts.total),
    },
  };
}

function compileFreshness(freshness: RouteSettings["freshness"]): OriginFreshness | FixedFreshness {
  if (freshness === "origin") return { mode: "origin" };
  return {
    mode: "fixed",
    freshForMs: milliseconds(freshness.fresh_for),
    staleWhileRevalidateMs: milliseconds(freshness.stale_while_revalidate),
    staleIfErrorMs: milliseconds(freshness.stale_if_error),
    perStatus: new Map(
      Object.entries(freshness.statuses).map(([status, lifetime]) => [
        Number(status),
        milliseconds(lifetime),
      ]),
    ),
    jitter: fraction(freshness.jitter),
  };
}

function compileQuery(query: RouteSettings["key"]["query"]): QueryRule {
  if (typeof query === "string") return { mode: query };
  const { allow, ignore = [] } = query;
  return allow ? { mode: "allow", names: allow } : { mode: "ignore", names: ignore };
}

function compileGuards(guards: RouteSettings["guards"]): RouteGuards {
  const { status, content_type, min_bytes, max_shrink } = guards;
  return {
    ...(status && { status }),
    ...(content_type && { contentType: lowerCase(content_type) }),
    ...(min_bytes !== undefined && { minBytes: bytes(min_bytes) }),
    json: guards.json || guards.json_paths.length > 0,
    jsonPaths: guards.json_paths,
    ...(max_shrink !== undefined && { maxShrink: fraction(max_shrink) }),
  };
}
