/** A whole is asked for and its beginning is stored: only the rest is fetched (RFC 9111 §3.4). */
import { formatCacheStatus } from "../cache/cache-status.ts";
import { collect } from "../cache/collector.ts";
import type { CacheEntry } from "../cache/entry.ts";
import type { Fetched } from "../cache/fetch.ts";
import { joinParts, missingRange } from "../cache/join-parts.ts";
import { newEntry } from "../cache/new-entry.ts";
import { afterPurges } from "../cache/purge/purge.ts";
import { saveEntry } from "../cache/save.ts";
import { type FieldList, hasField } from "../fields.ts";
import { serveEntry } from "./serve.ts";
import {
  type EndFlight,
  type Exchange,
  type ExchangeTools,
  type Miss,
  wantedOf,
} from "./transaction.ts";

/** The fields that ask for the rest, when the store holds the beginning of what is asked for. */
export function restOf(x: Exchange, miss: Miss): FieldList | undefined {
  if (miss.forward !== "partial" || miss.found.state !== "found") return undefined;
  return hasField(x.asked.client.fields, "range") ? undefined : missingRange(miss.found.entry);
}

/** Answers from the completed entry; false when the 206 did not prove to belong to it, and the whole must be fetched. */
export async function answerCompleted(
  tools: ExchangeTools,
  x: Exchange,
  miss: Miss,
  rest: Extract<Fetched, { kind: "response" }>,
  fence: number,
  endFlight: EndFlight,
): Promise<boolean> {
  if (miss.found.state !== "found") return false;
  if (afterPurges(tools.purges, miss.found.entry, tools.now()) === undefined) return false;
  const completed = await join(tools, x, miss.found.entry, rest, fence);
  if (completed === undefined) return false;
  const cacheStatus = formatCacheStatus({ forward: "partial", forwardStatus: 206, stored: true });
  serveEntry(tools, x, completed, "partial", cacheStatus);
  const saved = await saveEntry(
    tools.store,
    wantedOf(x.asked),
    completed,
    miss.found.record,
    tools.now(),
  );
  await endFlight(saved === "failed" ? "failed" : "stored");
  return true;
}

async function join(
  tools: ExchangeTools,
  x: Exchange,
  entry: CacheEntry,
  rest: Extract<Fetched, { kind: "response" }>,
  fence: number,
): Promise<CacheEntry | undefined> {
  const { route } = x.asked.served;
  const body = await collect(rest.body, route.maxBody);
  const joined = body === undefined ? undefined : joinParts(entry, rest.head, body);
  if (joined === undefined) return undefined;
  const { requestAt, responseAt } = rest;
  const arrival = { route, requestAt, responseAt, fence, random: tools.random() };
  return newEntry({
    ...arrival,
    request: x.asked.forwarded,
    response: joined.response,
    body: joined.body,
  });
}
