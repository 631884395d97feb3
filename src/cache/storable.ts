/** Whether a response may be stored (RFC 9111 §3, §3.3, §3.5, §5.2.2). */
import type { Route } from "../config/route.ts";
import { hasField, type Instant } from "../fields.ts";
import { parseContentRange } from "./byte-range.ts";
import {
  isHeuristicallyCacheable,
  type Lifetimes,
  lifetimes,
  originLifetimes,
} from "./freshness.ts";
import type { RequestHead, ResponseHead } from "./message.ts";
import { obeyedDirectives } from "./request-directives.ts";
import { type ResponseDirectives, responseDirectives } from "./response-directives.ts";
import { validatorOf } from "./validator.ts";
import { varyNames } from "./vary.ts";

/** Why a response may not be stored. */
export type StoreRefusal =
  | "method" // only GET brings a response that is stored
  | "status" // not final, or about this request and not about the resource: 304, 407, 412, 416
  | "partial" // a 206 that nobody asked for, or that does not say which part it is
  | "no-store"
  | "request-no-store"
  | "not-understood" // must-understand with a status that is not known here
  | "private"
  | "authorization" // RFC 9111 §3.5
  | "vary" // `*`: never matches
  | "error-status" // preset api: an error that the route does not list
  | "unlisted-status" // fixed freshness: a status without a lifetime
  | "set-cookie" // a cookie without explicit freshness is for one client
  | "cookie" // the request had a cookie, and the source does not say that others may have the answer
  | "no-freshness"; // nothing by which it could ever be reused

/** Final statuses that answer a condition, a range or a proxy, so they say nothing about the resource. */
const NOT_ABOUT_RESOURCE = new Set([304, 407, 412, 416]);
/** Statuses whose caching rules are known here (RFC 9110 §15, RFC 6585, RFC 7725). */
const UNDERSTOOD = new Set([
  200, 203, 204, 206, 300, 301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 405, 406, 408, 409,
  410, 411, 413, 414, 415, 417, 421, 422, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505,
  511,
]);

/**
 * Why a response may not be stored; undefined when it may. `request` is what was sent to the source; `responseAt` is when the response
 * arrived.
 *
 * A route with `perPrincipal` keeps what it stores apart by credential. For a request with Authorization and without Cookie it is that
 * principal's private cache (RFC 9111 §1), so neither §3.5 nor `private` stands against storing. A cookie may mean another
 * user behind the same credential; then both hold.
 */
export function refusalToStore(
  request: RequestHead,
  response: ResponseHead,
  route: Route,
  responseAt: Instant,
): StoreRefusal | undefined {
  const directives = responseDirectives(response.fields, route.targetedCacheControl);
  return (
    refusalByKind(request, response) ??
    refusalByDirectives(request, response, directives, route) ??
    refusalByRoute(response, route) ??
    refusalByCookie(request, response, directives, responseAt) ??
    refusalByUse(response, directives, route, responseAt)
  );
}

function refusalByKind(request: RequestHead, response: ResponseHead): StoreRefusal | undefined {
  const { status, fields } = response;
  if (request.method !== "GET") return "method";
  if (status < 200 || NOT_ABOUT_RESOURCE.has(status)) return "status";
  if (status === 206) {
    const asked = hasField(request.fields, "range");
    if (!asked || parseContentRange(fields) === undefined) return "partial";
  }
  return varyNames(fields) === "*" ? "vary" : undefined;
}

function refusalByDirectives(
  request: RequestHead,
  response: ResponseHead,
  directives: ResponseDirectives,
  route: Route,
): StoreRefusal | undefined {
  if (obeyedDirectives(request, route).noStore) return "request-no-store";
  const { present, granted } = directives.mustUnderstand;
  const understood = UNDERSTOOD.has(response.status);
  if (present && !understood) return "not-understood";
  if (directives.noStore && !granted) return "no-store";
  if (isOwnPrincipals(request, route)) return undefined;
  if (directives.private) return "private";
  return hasField(request.fields, "authorization") && !allowsAuthorized(directives)
    ? "authorization"
    : undefined;
}

function isOwnPrincipals(request: RequestHead, route: Route): boolean {
  const { fields } = request;
  return route.perPrincipal && hasField(fields, "authorization") && !hasField(fields, "cookie");
}

/** §3.5. */
function allowsAuthorized(directives: ResponseDirectives): boolean {
  return directives.public || directives.grantsByMustRevalidate || directives.grantsBySharedMaxAge;
}

/** Fixed freshness stores the statuses that have a lifetime; preset `api` stores errors only where the guards list their status. */
function refusalByRoute({ status }: ResponseHead, route: Route): StoreRefusal | undefined {
  if (route.freshness.mode === "fixed") {
    return status === 200 || route.freshness.perStatus.has(status) ? undefined : "unlisted-status";
  }
  const listed = route.guards.status?.includes(status) ?? false;
  return route.preset === "api" && status >= 400 && !listed ? "error-status" : undefined;
}

/**
 * An answer to a request with a cookie may be for one user. It is stored where the source says how long caches may have it, says `public`, or
 * names Cookie in Vary; a heuristic or a lifetime set by the route is no such word.
 */
function refusalByCookie(
  request: RequestHead,
  response: ResponseHead,
  directives: ResponseDirectives,
  responseAt: Instant,
): StoreRefusal | undefined {
  if (!hasField(request.fields, "cookie") || directives.public) return undefined;
  if (varyNames(response.fields).includes("cookie")) return undefined;
  return originLifetimes(response, directives, responseAt).explicit ? undefined : "cookie";
}

/** The last clauses of §3, and what can never be reused: no freshness, nothing to validate by, no window of staleness. */
function refusalByUse(
  response: ResponseHead,
  directives: ResponseDirectives,
  route: Route,
  responseAt: Instant,
): StoreRefusal | undefined {
  const known = lifetimes(response, route, responseAt, 0);
  if (route.freshness.mode === "origin") {
    const cookie = hasField(response.fields, "set-cookie") && !directives.hidden.has("set-cookie");
    if (cookie && !known.explicit) return "set-cookie";
    if (!mayBeStored(response, directives)) return "no-freshness";
  }
  return isEverReusable(response, known) ? undefined : "no-freshness";
}

function mayBeStored({ status, fields }: ResponseHead, directives: ResponseDirectives): boolean {
  return (
    directives.public ||
    directives.maxAgeMs !== undefined ||
    directives.sharedMaxAgeMs !== undefined ||
    (!directives.targeted && hasField(fields, "expires")) ||
    isHeuristicallyCacheable(status)
  );
}

function isEverReusable({ fields }: ResponseHead, known: Lifetimes): boolean {
  if (known.freshMs > 0 || known.staleWhileRevalidateMs > 0 || known.staleIfErrorMs > 0)
    return true;
  return validatorOf(fields) !== undefined;
}
