/** Freshness lifetimes (RFC 9111 §4.2.1, §4.2.2; RFC 5861; RFC 9213), or the route's own where it fixes them. */
import type { FixedFreshness, Route } from "../config/route.ts";
import { hasField, type Instant, valuesOf } from "../fields.ts";
import { dateOf } from "./age.ts";
import { MAX_SECONDS } from "./cache-control.ts";
import { parseHttpDate } from "./http-date.ts";
import { firstValue, type ResponseHead } from "./message.ts";
import { type ResponseDirectives, responseDirectives } from "./response-directives.ts";

/** How long a response may be reused, and by whose word. Nothing is negative. */
export interface Lifetimes {
  readonly freshMs: number;
  /** Whether the source itself, not a heuristic or the route, made it fresh. */
  readonly explicit: boolean;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
}

const MAX_MS = MAX_SECONDS * 1000;
const HEURISTIC_SHARE = 0.1;
/** A guess is not believed for longer than this. */
const MAX_HEURISTIC_MS = 86_400_000;
/** RFC 9110 §15.1. */
const HEURISTIC_STATUSES = new Set([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501]);

/**
 * The lifetimes of a response. `random` is 0 to 1 and only shortens fixed lifetimes.
 *
 * Fixed freshness is the operator's word in place of the source's: `max-age`, `s-maxage`, Expires, `no-cache`, `must-revalidate` and
 * `proxy-revalidate` give way to it. `no-store` and `private` do not; they forbid storing.
 */
export function lifetimes(
  response: ResponseHead,
  route: Pick<Route, "freshness" | "targetedCacheControl">,
  responseAt: Instant,
  random: number,
): Lifetimes {
  if (route.freshness.mode === "fixed") {
    return fixedLifetimes(response.status, route.freshness, random);
  }
  return originLifetimes(
    response,
    responseDirectives(response.fields, route.targetedCacheControl),
    responseAt,
  );
}

/** The windows of staleness are for good answers; another status is only ever reused while fresh. */
function fixedLifetimes(status: number, fixed: FixedFreshness, random: number): Lifetimes {
  const kept = 1 - fixed.jitter * random;
  const freshMs = status === 200 ? fixed.freshForMs : (fixed.perStatus.get(status) ?? 0);
  return {
    freshMs: Math.round(freshMs * kept),
    explicit: false,
    staleWhileRevalidateMs: status === 200 ? fixed.staleWhileRevalidateMs : 0,
    staleIfErrorMs: status === 200 ? fixed.staleIfErrorMs : 0,
  };
}

/**
 * `no-cache`, `must-revalidate` and `proxy-revalidate` close both windows of staleness. `s-maxage` alone implies the last of them, but a
 * source that writes a window beside it has said what it wants, so the window holds.
 */
export function originLifetimes(
  response: ResponseHead,
  directives: ResponseDirectives,
  responseAt: Instant,
): Lifetimes {
  const explicitMs = explicitLifetimeMs(response, directives, responseAt);
  const freshMs = explicitMs ?? heuristicLifetimeMs(response, directives, responseAt);
  const closed = directives.noCache || directives.mustRevalidate;
  return {
    freshMs: directives.noCache ? 0 : Math.min(Math.max(0, freshMs), MAX_MS),
    explicit: !directives.noCache && explicitMs !== undefined && explicitMs > 0,
    staleWhileRevalidateMs: closed ? 0 : directives.staleWhileRevalidateMs,
    staleIfErrorMs: closed ? 0 : directives.staleIfErrorMs,
  };
}

/** §4.2.1: the first that is there decides, valid or not. Undefined when none is. */
function explicitLifetimeMs(
  response: ResponseHead,
  directives: ResponseDirectives,
  responseAt: Instant,
): number | undefined {
  const byDirective = directives.sharedMaxAgeMs ?? directives.maxAgeMs;
  if (byDirective !== undefined || directives.targeted) return byDirective;
  const lines = valuesOf(response.fields, "expires");
  if (lines.length === 0) return undefined;
  const expires = lines.length === 1 ? parseHttpDate(lines[0] as string, responseAt) : undefined;
  return expires === undefined ? 0 : expires - (dateOf(response.fields, responseAt) ?? responseAt);
}

/** A tenth of the time since the last change (§4.2.2). Not for responses that set a cookie: they are made for somebody. */
function heuristicLifetimeMs(
  response: ResponseHead,
  directives: ResponseDirectives,
  responseAt: Instant,
): number {
  const { status, fields } = response;
  if (!directives.public && !isHeuristicallyCacheable(status)) return 0;
  if (hasField(fields, "set-cookie")) return 0;
  const modified = parseHttpDate(firstValue(fields, "last-modified") ?? "", responseAt);
  if (modified === undefined) return 0;
  const date = dateOf(fields, responseAt) ?? responseAt;
  return Math.min((date - modified) * HEURISTIC_SHARE, MAX_HEURISTIC_MS);
}

/** Whether a status may be given a lifetime by heuristics (RFC 9110 §15.1). */
export function isHeuristicallyCacheable(status: number): boolean {
  return HEURISTIC_STATUSES.has(status);
}
