/** Whether a stored response may answer a request (RFC 9111 §4, §4.2.4, §5.2.1; RFC 5861). */
import type { Route } from "../config/route.ts";
import type { Instant } from "../fields.ts";
import type { CacheEntry } from "./entry.ts";
import { factsOf } from "./entry-facts.ts";
import type { RequestHead } from "./message.ts";
import { holdsAnswer } from "./range.ts";
import { obeyedDirectives, type RequestDirectives } from "./request-directives.ts";

export { bypassReason } from "./bypass.ts";
export { mayServeStaleOnError, type SourceFailure } from "./stale-on-error.ts";

/** What may be done with a stored response for a request. */
export type Decision =
  /** `ttlMs` is what is left of the freshness lifetime. */
  | { readonly serve: "fresh"; readonly entry: CacheEntry; readonly ttlMs: number }
  | {
      readonly serve: "stale";
      readonly entry: CacheEntry;
      readonly because: "stale-while-revalidate" | "max-stale";
      /** Negative. */
      readonly ttlMs: number;
      /** Whether a refresh should run behind the scenes. */
      readonly refresh: boolean;
    }
  | NoReuse;

interface NoReuse {
  readonly serve: "nothing";
  /** RFC 9211 §2.2. */
  readonly forward: "miss" | "stale" | "request" | "partial";
  readonly because: NoReuseReason;
  /** Whether the entry can be validated with its source. */
  readonly validatable: boolean;
  /** The client asked for a stored response or none (`only-if-cached`). */
  readonly gatewayTimeout?: true;
}

type NoReuseReason =
  | "expired" // not kept any longer
  | "stale"
  | "no-cache" // of the response: reuse only after validation
  | "clock" // our clock lies before the entry's arrival: nothing is known of its age
  | "part-not-held"
  | "request-no-cache"
  | "request-max-age"
  | "request-min-fresh";

/** How far the clocks of several machines may lie apart. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Decides on the variant that matches the request. Parses nothing when the request has no Cache-Control. */
export function decideReuse(
  entry: CacheEntry,
  request: RequestHead,
  route: Route,
  now: Instant,
): Decision {
  const asked = obeyedDirectives(request, route);
  const obstacle = obstacleTo(entry, request, asked, now);
  if (obstacle !== undefined) return nothing(entry, route, asked, ...obstacle);
  const ttlMs = entry.staleAt - now;
  if (ttlMs > 0) return { serve: "fresh", entry, ttlMs };
  const because = permittedStale(entry, asked, route, now);
  if (because === undefined) {
    const reason = factsOf(entry, route).noCache ? "no-cache" : "stale";
    return nothing(entry, route, asked, "stale", reason);
  }
  return { serve: "stale", entry, because, ttlMs, refresh: now < entry.revalidateUntil };
}

/** What stands against reuse whether the entry is fresh or stale, and what stands against a fresh one. */
function obstacleTo(
  entry: CacheEntry,
  request: RequestHead,
  asked: RequestDirectives,
  now: Instant,
): [NoReuse["forward"], NoReuseReason] | undefined {
  if (now >= entry.deleteAt) return ["miss", "expired"];
  if (now + CLOCK_TOLERANCE_MS < entry.storedAt) return ["stale", "clock"];
  const fresh = now < entry.staleAt;
  if (!holdsAnswer(entry, request)) return [fresh ? "partial" : "stale", "part-not-held"];
  if (!fresh) return undefined;
  if (asked.noCache) return ["request", "request-no-cache"];
  if (exceeds(now - entry.bornAt, asked.maxAgeMs)) return ["request", "request-max-age"];
  if (exceeds(asked.minFreshMs ?? 0, entry.staleAt - now)) return ["request", "request-min-fresh"];
  return undefined;
}

function exceeds(value: number, limit: number | undefined): boolean {
  return limit !== undefined && value > limit;
}

/**
 * Why a stale entry may be served at once. A client's `max-stale` is a permission and also its limit; any other wish about age or
 * freshness, or `no-cache`, closes the source's window too (§5.2.1).
 */
function permittedStale(
  entry: CacheEntry,
  asked: RequestDirectives,
  route: Route,
  now: Instant,
): "stale-while-revalidate" | "max-stale" | undefined {
  if (asked.noCache || asked.minFreshMs !== undefined) return undefined;
  if (exceeds(now - entry.bornAt, asked.maxAgeMs)) return undefined;
  if (asked.maxStaleMs !== undefined) {
    if (now - entry.staleAt > asked.maxStaleMs) return undefined;
    if (!factsOf(entry, route).staleForbidden) return "max-stale";
  } else if (asked.maxAgeMs !== undefined) {
    return undefined;
  }
  return now < entry.revalidateUntil ? "stale-while-revalidate" : undefined;
}

function nothing(
  entry: CacheEntry,
  route: Route,
  asked: RequestDirectives,
  forward: NoReuse["forward"],
  because: NoReuseReason,
): NoReuse {
  const { validatable } = factsOf(entry, route);
  const decision = { serve: "nothing", forward, because, validatable } as const;
  return asked.onlyIfCached ? { ...decision, gatewayTimeout: true } : decision;
}
