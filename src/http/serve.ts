/** Answering from the store: fresh, stale behind a refresh, or stale in place of a failure. */
import { formatCacheStatus } from "../cache/cache-status.ts";
import type { CacheEntry } from "../cache/entry.ts";
import { isDueAhead } from "../cache/refresh-ahead.ts";
import { type Decision, mayServeStaleOnError, type SourceFailure } from "../cache/reuse.ts";
import type { Instant } from "../fields.ts";
import { sendEntry } from "./respond.ts";
import type { Exchange, ExchangeTools, FlownMiss } from "./transaction.ts";

/** Writes an entry as the request's conditions ask for and notes how it went. */
export function serveEntry(
  tools: ExchangeTools,
  x: Exchange,
  entry: CacheEntry,
  outcome: string,
  cacheStatus: string,
): void {
  const now = tools.now();
  const sent = sendEntry(x.res, entry, x.asked, cacheStatus, now);
  x.note.outcome = outcome;
  x.note.ageMs = now - entry.bornAt;
  x.note.bytes = sent.bytes;
}

/** Answers as a decision says, and asks for a refresh when it says so. */
export function serveStored(
  tools: ExchangeTools,
  x: Exchange,
  key: string,
  decision: Exclude<Decision, { serve: "nothing" }>,
): void {
  const { entry, ttlMs } = decision;
  if (decision.serve === "fresh") {
    serveEntry(tools, x, entry, "hit", formatCacheStatus({ hit: true, ttlMs }));
    if (isDueAhead(entry, x.asked.served.route, tools.now()))
      tools.enqueueRefresh(x.asked, entry, key);
    return;
  }
  serveEntry(
    tools,
    x,
    entry,
    "stale",
    formatCacheStatus({ hit: true, ttlMs, detail: decision.because }),
  );
  if (decision.refresh) tools.enqueueRefresh(x.asked, entry, key);
}

/**
 * Serves the stored response in place of a failure if the standards and the route allow it, and lets the key rest: until `retryAt` where the
 * source was not even asked.
 */
export function serveStaleInstead(
  tools: ExchangeTools,
  x: Exchange,
  miss: FlownMiss,
  failure: SourceFailure,
  detail: string,
  retryAt?: Instant,
): boolean {
  const entry = standIn(tools, x, miss, failure);
  if (entry === undefined) return false;
  if (retryAt === undefined) tools.backOff.failed(miss.flight, failure, tools.now());
  else tools.backOff.held(miss.flight, failure, tools.now(), retryAt);
  serveKept(tools, x, entry, detail);
  return true;
}

/** Serves the stored response while its key rests after a failure, if it might for that failure. */
export function serveWhileResting(tools: ExchangeTools, x: Exchange, miss: FlownMiss): boolean {
  const rest = tools.backOff.restOf(miss.flight, tools.now());
  const entry = rest === undefined ? undefined : standIn(tools, x, miss, rest.failure);
  if (entry === undefined) return false;
  serveKept(tools, x, entry, "backoff");
  return true;
}

/** The stored response, if it may be served in place of this failure. */
export function standIn(
  tools: ExchangeTools,
  { asked: { client, served } }: Exchange,
  { found }: FlownMiss,
  failure: SourceFailure,
): CacheEntry | undefined {
  if (found.state !== "found") return undefined;
  const may = mayServeStaleOnError(found.entry, client, served.route, tools.now(), failure);
  return may ? found.entry : undefined;
}

/** Serves the stored response although it is stale, and says why. */
export function serveKept(
  tools: ExchangeTools,
  x: Exchange,
  entry: CacheEntry,
  detail: string,
): void {
  const ttlMs = entry.staleAt - tools.now();
  serveEntry(tools, x, entry, "stale-if-error", formatCacheStatus({ hit: true, ttlMs, detail }));
  x.note.detail = detail;
}
