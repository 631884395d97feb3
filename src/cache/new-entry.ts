/** A response that may be stored becomes an entry (RFC 9111 §3.1, §3.3, §4.2). */
import type { Route } from "../config/route.ts";
import { hasField, withoutFields } from "../fields.ts";
import { parseContentRange } from "./byte-range.ts";
import type { CacheEntry, StoredResponse } from "./entry.ts";
import { originLifetimes } from "./freshness.ts";
import { withoutHopByHop } from "./hop-by-hop.ts";
import { formatHttpDate } from "./http-date.ts";
import { type Arrival, instantsOf } from "./instants.ts";
import type { RequestHead, ResponseHead } from "./message.ts";
import { type ResponseDirectives, responseDirectives } from "./response-directives.ts";
import { tagsOf } from "./tags.ts";
import { varyNames } from "./vary.ts";

export interface NewResponse extends Arrival {
  /** As it was sent to the source. */
  readonly request: RequestHead;
  readonly response: ResponseHead;
  /** The whole body as it was received. */
  readonly body: Buffer;
}

/** Makes the entry of a complete message, whether or not it may be stored; a 206 for the whole representation becomes a 200. */
export function newEntry(arrived: NewResponse): CacheEntry {
  const { request, route, body } = arrived;
  const response = asComplete(arrived.response, body);
  return makeEntry(arrived, {
    target: request.target,
    requestFields: selectingFields(request, response, route),
    response: { ...response, body },
  });
}

/** Makes an entry from its lasting parts: what may be stored of the fields, and the instants that follow from them. */
export function makeEntry(
  arrival: Arrival,
  lasting: Pick<CacheEntry, "target" | "requestFields" | "response">,
): CacheEntry {
  const { route, fence, responseAt } = arrival;
  const { status, statusText, body } = lasting.response;
  const directives = responseDirectives(lasting.response.fields, route.targetedCacheControl);
  const fields = storedFields(lasting.response, directives, arrival);
  const head = { status, statusText, fields };
  return {
    route: route.id,
    target: lasting.target,
    requestFields: lasting.requestFields,
    response: { ...head, body },
    storedAt: responseAt,
    fence,
    tags: tagsOf(fields),
    ...instantsOf(head, directives, arrival),
    ...partOf(lasting.response),
  };
}

/**
 * The fields that may be stored. Set-Cookie is replayed only where the source itself gave explicit freshness (preset `transparent`), also when it
 * comes with a 304 or an answer to HEAD. A response without Date gets the time of its arrival (RFC 9110 §6.6.1).
 */
function storedFields(
  head: ResponseHead,
  directives: ResponseDirectives,
  { route, responseAt }: Arrival,
): string[] {
  const { hidden } = directives;
  const noCookies =
    route.preset === "api" ||
    route.freshness.mode === "fixed" ||
    !originLifetimes(head, directives, responseAt).explicit;
  const kept = withoutFields(
    withoutHopByHop(head.fields),
    (name) => hidden.has(name) || (noCookies && (name === "set-cookie" || name === "set-cookie2")),
  );
  if (!hasField(kept, "date")) kept.push("Date", formatHttpDate(responseAt));
  return kept;
}

/** A 206 that covers the whole representation as the 200 that it could have been. */
function asComplete(response: ResponseHead, body: Buffer): ResponseHead {
  const range = response.status === 206 ? parseContentRange(response.fields) : undefined;
  if (range === undefined || range.first !== 0 || range.complete !== body.length) return response;
  return {
    status: 200,
    statusText: "OK",
    fields: withoutFields(response.fields, (name) => name === "content-range"),
  };
}

function partOf(response: StoredResponse): Pick<CacheEntry, "part"> {
  const range = response.status === 206 ? parseContentRange(response.fields) : undefined;
  if (range === undefined) return {};
  const { first, complete } = range;
  return { part: { first, ...(complete === undefined ? {} : { completeLength: complete }) } };
}

const CREDENTIALS = new Set(["authorization", "proxy-authorization", "cookie", "cookie2"]);
const CONTENT = /^content-(?:type|length|encoding|language)$/;
/** Content negotiation, which sources do without saying so in Vary. */
const NEGOTIATION = /^accept(?:-charset|-encoding|-language)?$/;

/**
 * The request fields that the response was chosen by, never credentials: all that Vary nominates, and with preset `api` all that reached
 * the source but what describes a body, with `transparent` those of content negotiation.
 */
function selectingFields(request: RequestHead, response: ResponseHead, route: Route): string[] {
  const nominated = varyNames(response.fields);
  return withoutFields(request.fields, (name) => {
    if (CREDENTIALS.has(name)) return true;
    if (nominated !== "*" && nominated.includes(name)) return false;
    return route.preset === "api" ? CONTENT.test(name) : !NEGOTIATION.test(name);
  });
}
