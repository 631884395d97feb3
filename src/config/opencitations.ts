/**
 * The variables of the OpenCitations proxy. Alone they configure what it did: the API paths stored for `CACHE_TTL`, everything
 * else passed through.
 */
import { parseRedisUrl, sourceUrlFault, urlHost } from "./addresses.ts";
import { parseDuration } from "./durations.ts";
import { contradiction, type FromEnvironment, variableOf, variablePlace } from "./environment.ts";
import type { Fault } from "./faults.ts";
import { disagreements, hostVariables } from "./host-variables.ts";
import { type RawSettings, valueAt } from "./raw-settings.ts";
import type { Environment } from "./references.ts";
import { parseSize } from "./sizes.ts";

const CACHED_PATHS = ["/index/v1/*", "/index/v2/*", "/meta/v1/*"];
/** That proxy waited this long for everything. */
const TIMEOUTS = { first_byte: "900s", idle: "900s", total: "900s" };
const FRESH_FOR = "120d";
const MAX_BODY = "50MiB";

/** `REDIS_HOST` and `REDIS_PORT`: they build the URL when nothing else gives one, and must agree with it when something does. */
export function redisFromParts(env: Environment, raw: RawSettings): FromEnvironment {
  const parts = hostVariables(env, "REDIS");
  if (parts.faults.length > 0 || (parts.host ?? parts.port) === undefined)
    return { overrides: [], faults: parts.faults };
  const path = ["redis", "url"];
  const url = valueAt(raw.tree, path);
  if (url !== undefined) {
    const givenBy = raw.placeOf(path)?.text ?? "redis.url";
    return {
      overrides: [],
      faults: disagreements(parts, oneServer(url), { givenBy, standardPort: 6379 }),
    };
  }
  const value = `redis://${urlHost(parts.host ?? "127.0.0.1")}:${parts.port ?? 6379}`;
  const place = variablePlace(parts.host === undefined ? "REDIS_PORT" : "REDIS_HOST");
  return { overrides: [{ path, value, place }], faults: [] };
}

/** The URL of one Redis over TCP; undefined for a socket, Sentinels, a Cluster, or what is none of these. */
function oneServer(setting: unknown): URL | undefined {
  const target = typeof setting === "string" ? parseRedisUrl(setting) : undefined;
  return target?.kind === "url" ? new URL(target.url) : undefined;
}

/** The variable that says where the API is, if one does. */
export function backendVariable(env: Environment): string | undefined {
  return ["BACKEND_URL", "BACKEND_HOST", "BACKEND_PORT"].find((name) => variableOf(env, name));
}

/** `BACKEND_URL`, or `BACKEND_HOST` and `BACKEND_PORT`: the routes of that proxy. */
export function routesFromBackend(env: Environment, raw: RawSettings): FromEnvironment {
  const first = backendVariable(env);
  const backend = backendUrl(env);
  const stored = storedFor(env);
  const faults = [...backend.faults, ...stored.faults];
  if (first === undefined) return { overrides: [], faults: [...faults, ...idleVariables(env)] };
  if (valueAt(raw.tree, ["routes"]) !== undefined)
    faults.push(contradiction(first, `${raw.placeOf(["routes"])?.text} (routes)`));
  if (backend.url === undefined || faults.length > 0) return { overrides: [], faults };
  const value = proxyRoutes(backend.url, stored);
  return { overrides: [{ path: ["routes"], value, place: variablePlace(first) }], faults };
}

function proxyRoutes(url: string, stored: { freshFor: string; maxBody: string }): object[] {
  const source = { url, timeouts: TIMEOUTS };
  const cached = CACHED_PATHS.map((path) => ({
    path,
    source,
    freshness: { fresh_for: stored.freshFor, stale_while_revalidate: "1d", stale_if_error: "30d" },
    max_body: stored.maxBody,
    bypass: { query: { preview: "true" } },
    compat: { x_redis_cache: true },
  }));
  const rest = { path: "/*", source, preset: "transparent", bypass: { methods: ["GET", "HEAD"] } };
  return [...cached, rest];
}

function backendUrl(env: Environment): { url?: string; faults: readonly Fault[] } {
  const parts = hostVariables(env, "BACKEND");
  const url = variableOf(env, "BACKEND_URL");
  if (parts.faults.length > 0) return parts;
  if (url === undefined) {
    if (parts.host !== undefined)
      return { url: `http://${urlHost(parts.host)}:${parts.port ?? 80}`, faults: [] };
    return parts.port === undefined ? parts : fault("BACKEND_PORT", "needs BACKEND_HOST beside it");
  }
  const message = sourceUrlFault(url);
  if (message !== undefined) return fault("BACKEND_URL", message);
  const whole = new URL(url);
  const standardPort = whole.protocol === "https:" ? 443 : 80;
  return { url, faults: disagreements(parts, whole, { givenBy: "BACKEND_URL", standardPort }) };
}

/** `CACHE_TTL`, in seconds, and `MAX_BODY_CACHE`, in bytes; words are understood too. */
function storedFor(env: Environment): { freshFor: string; maxBody: string; faults: Fault[] } {
  const ttl = variableOf(env, "CACHE_TTL") ?? FRESH_FOR;
  const freshFor = /^\d+$/.test(ttl) ? `${ttl}s` : ttl;
  const maxBody = variableOf(env, "MAX_BODY_CACHE") ?? MAX_BODY;
  const faults = [
    ...(parseDuration(freshFor) === undefined
      ? fault("CACHE_TTL", "must be a number of seconds, or a duration such as 120d").faults
      : []),
    ...(parseSize(maxBody) === undefined
      ? fault("MAX_BODY_CACHE", "must be a number of bytes, or a size such as 50MiB").faults
      : []),
  ];
  return { freshFor, maxBody, faults };
}

/** Variables that would be without effect: better said than silently passed over. */
function idleVariables(env: Environment): Fault[] {
  return ["CACHE_TTL", "MAX_BODY_CACHE"]
    .filter((name) => variableOf(env, name) !== undefined)
    .flatMap((name) => fault(name, NEEDS_BACKEND).faults);
}

const NEEDS_BACKEND =
  "has an effect only on the routes that BACKEND_HOST or BACKEND_URL make: set one of them, or remove this and say it in the file, route by route";

function fault(name: string, message: string): { faults: Fault[] } {
  return { faults: [{ place: variablePlace(name), path: [], message }] };
}
