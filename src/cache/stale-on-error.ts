/** Whether a stored response may stand in for a source that fails (RFC 9111 §4.2.4, RFC 5861 §4). */
import type { Route } from "../config/route.ts";
import type { Instant } from "../fields.ts";
import type { CacheEntry } from "./entry.ts";
import { factsOf } from "./entry-facts.ts";
import type { RequestHead } from "./message.ts";
import { holdsAnswer } from "./range.ts";
import { obeyedDirectives } from "./request-directives.ts";

/** How a source failed. */
export type SourceFailure =
  | { readonly kind: "unreachable" }
  | { readonly kind: "status"; readonly status: number }
  /** No answer within the route's soft time-out. */
  | { readonly kind: "slow" };

/** RFC 5861 §4. */
const ERRORS = new Set([500, 502, 503, 504]);

/**
 * Whether the stored response may be served although its source fails.
 *
 * - It may while it is fresh: a client's `no-cache` is a preference (RFC 9111 §5.2.1.4), and asking the source has honoured it.
 * - It may within the `stale-if-error` window of the source, of the route's fixed freshness, or of the client.
 * - A source that cannot be reached, or takes longer than the route's soft time-out, means being disconnected: then it may as long as
 *   it is kept, unless its own directives forbid staleness (§4.2.4). With fixed freshness the window is the last word.
 */
export function mayServeStaleOnError(
  entry: CacheEntry,
  request: RequestHead,
  route: Route,
  now: Instant,
  failure: SourceFailure,
): boolean {
  if (now >= entry.deleteAt || !isFailure(failure, route) || !holdsAnswer(entry, request)) {
    return false;
  }
  if (now < entry.staleAt || now < entry.errorUntil) return true;
  if (factsOf(entry, route).staleForbidden) return false;
  const { staleIfErrorMs } = obeyedDirectives(request, route);
  if (staleIfErrorMs !== undefined && now < entry.staleAt + staleIfErrorMs) return true;
  return failure.kind !== "status" && route.freshness.mode === "origin";
}

/** With fixed freshness the operator's window also covers other server errors and a spent rate budget. */
function isFailure(failure: SourceFailure, route: Route): boolean {
  if (failure.kind !== "status") return true;
  const { status } = failure;
  if (ERRORS.has(status)) return true;
  return route.freshness.mode === "fixed" && (status >= 500 || status === 429);
}
