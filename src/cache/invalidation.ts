/** What a successful unsafe request makes untrue (RFC 9111 §4.4, RFC 9875 §3), and what it brings (RFC 9110 §9.3.3). */
import type { Route } from "../config/route.ts";
import type { Instant } from "../fields.ts";
import { originLifetimes } from "./freshness.ts";
import { firstValue, type RequestHead, type ResponseHead } from "./message.ts";
import { responseDirectives } from "./response-directives.ts";
import { stringsOf } from "./structured-field.ts";
import { clientTarget, sourceTarget } from "./target.ts";

/** The registered safe methods (RFC 9110 §16.1). All others, known or not, may change what is stored. */
const SAFE = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "REPORT", "SEARCH"]);

/** Whether the response says that an unsafe request was done (§4.4: a non-error status). */
function hasChanged(request: RequestHead, { status }: ResponseHead): boolean {
  return !SAFE.has(request.method) && status >= 200 && status < 400;
}

/**
 * The targets to invalidate, as clients name them: that of the request, and those of Location and Content-Location on the same origin.
 * Either may speak in the source's terms or in those of the client, so both readings go.
 */
export function invalidatedTargets(
  request: RequestHead,
  response: ResponseHead,
  route: Pick<Route, "source">,
): string[] {
  if (!hasChanged(request, response)) return [];
  const targets = new Set([request.target]);
  for (const name of ["location", "content-location"]) {
    const reference = firstValue(response.fields, name);
    if (reference === undefined) continue;
    for (const target of readings(reference, request, route)) targets.add(target);
  }
  return [...targets];
}

/** The cache groups to invalidate (RFC 9875 §3), which safe requests cannot name. */
export function invalidatedGroups(request: RequestHead, response: ResponseHead): string[] {
  return hasChanged(request, response)
    ? stringsOf(response.fields, "cache-group-invalidation")
    : [];
}

/**
 * Whether the response to a POST may be stored as that to a GET: 200, with freshness of its own and a Content-Location that is the
 * target. Whether it may be stored at all is for `refusalToStore` to say, asked about a GET; invalidate first, then store.
 */
export function storablePost(
  request: RequestHead,
  response: ResponseHead,
  route: Route,
  responseAt: Instant,
): boolean {
  const reference = firstValue(response.fields, "content-location");
  if (request.method !== "POST" || response.status !== 200 || reference === undefined) return false;
  const directives = responseDirectives(response.fields, route.targetedCacheControl);
  if (!originLifetimes(response, directives, responseAt).explicit) return false;
  return readings(reference, request, route).includes(request.target);
}

/** What a reference in a response can mean as a target of ours: resolved as the source sees it, and as the client does. */
function readings(
  reference: string,
  request: RequestHead,
  { source }: Pick<Route, "source">,
): string[] {
  const sent = sameOrigin(reference, source.origin, sourceTarget(request.target, source));
  const host = firstValue(request.fields, "host");
  const seen =
    host === undefined
      ? undefined
      : (sameOrigin(reference, `http://${host}`, request.target) ??
        sameOrigin(reference, `https://${host}`, request.target));
  const named = sent === undefined ? undefined : clientTarget(sent, source);
  return [named, seen].filter((target) => target !== undefined);
}

/** Path and query of a reference resolved against a request's URI; undefined when it leads elsewhere or nowhere. */
function sameOrigin(reference: string, origin: string, target: string): string | undefined {
  try {
    const base = new URL(origin + target);
    const resolved = new URL(reference, base);
    return resolved.origin === base.origin ? resolved.pathname + resolved.search : undefined;
  } catch {
    return undefined;
  }
}
