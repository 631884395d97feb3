/** A request that the store cannot answer: one fetch per key at a time, the others wait for what it brings (RFC 9111 §4, §4.3). */
import { formatCacheStatus } from "../cache/cache-status.ts";
import type { CacheEntry } from "../cache/entry.ts";
import { variantKey } from "../cache/key.ts";
import { type Found, lookUp, variantValues } from "../cache/lookup.ts";
import type { RequestHead } from "../cache/message.ts";
import { afterPurges } from "../cache/purge/purge.ts";
import { decideReuse } from "../cache/reuse.ts";
import { isChosenBySame } from "../cache/vary.ts";
import { hasField, withoutFields } from "../fields.ts";
import type { Flight, FlightOutcome } from "../store/flight.ts";
import { fetchAndAnswer } from "./fetch-and-answer.ts";
import { passOn } from "./pass-on.ts";
import type { Asked } from "./request.ts";
import { serveEntry, serveStaleInstead, serveStored, serveWhileResting } from "./serve.ts";
import {
  type Exchange,
  type ExchangeTools,
  type FlownMiss,
  type Miss,
  wantedOf,
} from "./transaction.ts";

/** Longest that a request waits for another one's fetch before it asks the source itself. */
const FOLLOW_MS = 30_000;
/** Fetches of others that a request waits for, one after another. */
const MOST_FLIGHTS = 3;

export async function answerMiss(tools: ExchangeTools, x: Exchange, miss: Miss): Promise<void> {
  const flown = { ...miss, flight: flightKey(x.asked, miss.found) };
  if (answerLanding(tools, x, flown)) return;
  if (serveWhileResting(tools, x, flown)) return;
  if (x.asked.client.method === "HEAD")
    return passOn(tools, x, { forward: miss.forward, found: miss.found });
  if (fetchesAlone(x.asked)) return fetchAndAnswer(tools, x, flown, await tools.flights.alone());
  return fetchOrFollow(tools, x, flown, MOST_FLIGHTS);
}

/**
 * Fetches, or waits for who fetches. When what the other one brought does not answer this request after all, the next flight begins with the
 * others who are left, so that they do not all run to the source at once. `since` is the fence of the first flight.
 */
async function fetchOrFollow(
  tools: ExchangeTools,
  x: Exchange,
  miss: FlownMiss,
  left: number,
  since?: number,
): Promise<void> {
  const flight = await tools.flights.begin(miss.flight);
  const first = since ?? flight.fence;
  if (flight.role === "follow") return follow(tools, x, miss, flight, left, first);
  if (flight.role === "alone" || left === 0 || !isOutdated(tools, x, miss))
    return fetchAndAnswer(tools, x, miss, flight);
  const found = await lookUp(tools, wantedOf(x.asked));
  await flight.end("stored");
  if (found.state === "found" && answerCollapsed(tools, x, found, first)) return;
  return fetchOrFollow(tools, x, { ...miss, found }, left - 1, first);
}

async function follow(
  tools: ExchangeTools,
  x: Exchange,
  miss: FlownMiss,
  flight: Extract<Flight, { role: "follow" }>,
  left: number,
  since: number,
): Promise<void> {
  const outcome = await outcomeOf(flight, tools, x, miss);
  if (outcome === "answered") return;
  const found = await lookUp(tools, wantedOf(x.asked));
  if (found.state === "found" && answerCollapsed(tools, x, found, since)) return;
  const known = { ...miss, found };
  if (
    outcome === "failed" &&
    serveStaleInstead(tools, x, known, { kind: "unreachable" }, "collapsed")
  )
    return;
  if (left > 0 && outcome !== "timeout") return fetchOrFollow(tools, x, known, left - 1, since);
  return fetchAndAnswer(tools, x, known, { role: "alone", fence: flight.fence });
}

/** Whether something was stored between our look into the store and our lead. Only memory is asked. */
function isOutdated(tools: ExchangeTools, x: Exchange, { found }: FlownMiss): boolean {
  const held = tools.store.peek(x.asked.primary);
  return held !== undefined && held !== (found.state === "failed" ? undefined : found.record);
}

/** How another one's fetch ended; `answered` when it took longer than the route's soft time-out and the stored response was sent. */
async function outcomeOf(
  flight: Extract<Flight, { role: "follow" }>,
  tools: ExchangeTools,
  x: Exchange,
  miss: FlownMiss,
): Promise<FlightOutcome | "timeout" | "answered"> {
  const { softTimeoutMs } = x.asked.served.route;
  const isSoft = softTimeoutMs !== undefined && miss.found.state === "found";
  const firstMs = isSoft ? Math.min(softTimeoutMs, FOLLOW_MS) : FOLLOW_MS;
  const outcome = await flight.settled(firstMs, tools.stopping);
  if (outcome !== "timeout" || !isSoft) return outcome;
  if (serveStaleInstead(tools, x, miss, { kind: "slow" }, "slow")) return "answered";
  return flight.settled(FOLLOW_MS - firstMs, tools.stopping);
}

/** Answers from an entry that is just being written, unless it is another variant, or was invalidated or purged since it was fetched. */
function answerLanding(tools: ExchangeTools, x: Exchange, { flight, found }: FlownMiss): boolean {
  const landing = tools.landing.get(flight);
  if (landing === undefined || found.state === "failed") return false;
  const { entry, request } = landing;
  if (!isChosenBySame(entry.response.fields, request, x.asked.forwarded)) return false;
  if (found.record?.kind === "index" && entry.fence < found.record.invalidatedAt) return false;
  const now = tools.now();
  if (afterPurges(tools.purges, entry, now) !== entry) return false;
  const decision = decideReuse(entry, x.asked.client, x.asked.served.route, now);
  if (decision.serve !== "fresh") return false;
  serveStored(tools, x, flight, decision);
  return true;
}

/** A forwarded Range or condition asks for something that others cannot use. */
function fetchesAlone(asked: Asked): boolean {
  const { fields } = asked.forwarded;
  return (
    hasField(fields, "range") ||
    hasField(fields, "if-none-match") ||
    hasField(fields, "if-modified-since")
  );
}

/** They make answers private: who sends one neither keeps others waiting nor has the key remembered as not worth waiting for. */
const CREDENTIALS = ["authorization", "cookie"];

/** What the fetch is for: the resource, and the variant as far as it is known beforehand. */
export function flightKey(asked: Asked, found: Found): string {
  const names = asked.served.keyed ?? knownNames(found);
  const { fields } = asked.forwarded;
  const credentials = CREDENTIALS.filter((name) => hasField(fields, name)).join();
  return `${variantKey(asked.primary, names, variantValues(wantedOf(asked), names))}\0${credentials}`;
}

function knownNames(found: Found): readonly string[] {
  const record = found.state === "failed" ? undefined : found.record;
  return record?.kind === "index" ? (record.heads.at(-1)?.names ?? []) : [];
}

/** Answers from what another request has just stored, if it answers this one too. What was fetched after `since` is as new as a fetch of one's own. */
function answerCollapsed(
  tools: ExchangeTools,
  x: Exchange,
  found: Extract<Found, { state: "found" }>,
  since: number,
): boolean {
  const { client, served } = x.asked;
  const request = found.entry.fence > since ? withoutWishes(client) : client;
  const decision = decideReuse(found.entry, request, served.route, tools.now());
  if (decision.serve === "nothing") return false;
  if (decision.serve === "stale") serveStored(tools, x, found.key, decision);
  else serveCollapsed(tools, x, found.entry);
  return true;
}

/** A request that takes what is fresh: `no-cache` and `max-age` have been honoured. */
function withoutWishes(client: RequestHead): RequestHead {
  return { ...client, fields: withoutFields(client.fields, (name) => name === "cache-control") };
}

function serveCollapsed(tools: ExchangeTools, x: Exchange, entry: CacheEntry): void {
  serveEntry(
    tools,
    x,
    entry,
    "collapsed",
    formatCacheStatus({ forward: "uri-miss", collapsed: true }),
  );
}
