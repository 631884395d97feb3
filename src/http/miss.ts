/** A request that the store cannot answer: one fetch per key at a time, the others wait for what it brings (RFC 9111 §4, §4.3). */
import { formatCacheStatus } from "../cache/cache-status.ts";
import type { CacheEntry } from "../cache/entry.ts";
import { variantKey } from "../cache/key.ts";
import { type Found, lookUp } from "../cache/lookup.ts";
import { decideReuse } from "../cache/reuse.ts";
import { normalisedValue } from "../cache/vary.ts";
import { hasField } from "../fields.ts";
import { fetchAndAnswer } from "./fetch-and-answer.ts";
import { passOn } from "./pass-on.ts";
import type { Asked } from "./request.ts";
import { serveEntry, serveStaleInstead, serveStored } from "./serve.ts";
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
  if (x.asked.client.method === "HEAD")
    return passOn(tools, x, { forward: miss.forward, found: miss.found });
  const flown = { ...miss, flight: flightKey(x.asked, miss.found) };
  if (fetchesAlone(x.asked)) return fetchAndAnswer(tools, x, flown, await tools.flights.alone());
  if (answerLanding(tools, x, flown)) return;
  return fetchOrFollow(tools, x, flown, MOST_FLIGHTS);
}

/**
 * Fetches, or waits for who fetches. When what the other one brought does not answer this request after all, the next flight begins with the
 * others who are left, so that they do not all run to the source at once.
 */
async function fetchOrFollow(
  tools: ExchangeTools,
  x: Exchange,
  miss: FlownMiss,
  left: number,
): Promise<void> {
  const flight = await tools.flights.begin(miss.flight);
  if (flight.role !== "follow") return fetchAndAnswer(tools, x, miss, flight);
  const outcome = await flight.settled(FOLLOW_MS, tools.stopping);
  const found = await lookUp(tools, wantedOf(x.asked));
  if (found.state === "found" && answerCollapsed(tools, x, found)) return;
  const known = { ...miss, found };
  if (
    outcome === "failed" &&
    serveStaleInstead(tools, x, known, { kind: "unreachable" }, "collapsed")
  )
    return;
  if (left > 0 && outcome !== "timeout") return fetchOrFollow(tools, x, known, left - 1);
  return fetchAndAnswer(tools, x, known, { role: "alone", fence: flight.fence });
}

/** Answers from an entry that is just being written, unless the resource was invalidated since it was fetched. */
function answerLanding(tools: ExchangeTools, x: Exchange, { flight, found }: FlownMiss): boolean {
  const entry = tools.landing.get(flight);
  if (entry === undefined || found.state === "failed") return false;
  if (found.record?.kind === "index" && entry.fence < found.record.invalidatedAt) return false;
  const decision = decideReuse(entry, x.asked.client, x.asked.served.route, tools.now());
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

/** What the fetch is for: the resource, and the variant as far as it is known beforehand. */
function flightKey(asked: Asked, found: Found): string {
  const names = asked.served.keyed ?? knownNames(found);
  const values = names.map((name) => normalisedValue(name, asked.forwarded.fields) ?? null);
  return variantKey(asked.primary, names, values);
}

function knownNames(found: Found): readonly string[] {
  const record = found.state === "failed" ? undefined : found.record;
  return record?.kind === "index" ? (record.heads.at(-1)?.names ?? []) : [];
}

/** Answers from what another request has just stored, if it answers this one too. */
function answerCollapsed(
  tools: ExchangeTools,
  x: Exchange,
  found: Extract<Found, { state: "found" }>,
): boolean {
  const decision = decideReuse(found.entry, x.asked.client, x.asked.served.route, tools.now());
  if (decision.serve === "nothing") return false;
  if (decision.serve === "stale") serveStored(tools, x, found.key, decision);
  else serveCollapsed(tools, x, found.entry);
  return true;
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
