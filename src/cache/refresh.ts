/** Refreshing a stored response behind the scenes: the same conditional fetch, guards and fenced write as a miss, without a client. */
import type { Route } from "../config/route.ts";
import { SourceError } from "../errors.ts";
import { type FieldList, type Instant, joinedValue } from "../fields.ts";
import type { Priority } from "../sources/budget.ts";
import { parseRetryAfter } from "../sources/retry-after.ts";
import type { Source } from "../sources/source.ts";
import type { Flights } from "../store/flight.ts";
import { collect } from "./collector.ts";
import type { CacheEntry } from "./entry.ts";
import { type Fetched, type FetchTools, fetchFrom } from "./fetch.ts";
import { keyScope, primaryKey } from "./key.ts";
import { type Found, lookUp, type Wanted } from "./lookup.ts";
import type { Saved } from "./save.ts";
import { sourceTarget } from "./target.ts";

/** How a refresh ended. `retry`: nothing is wrong with the job, the source asked to come back then. */
export type Refreshed =
  | { readonly outcome: "stored" | "freshened" | "superseded" }
  /** The earlier response stays. */
  | { readonly outcome: "kept"; readonly detail: string }
  /** There is nothing left to refresh. */
  | { readonly outcome: "gone" }
  | { readonly outcome: "retry"; readonly at: Instant; readonly because?: string };

export interface RefreshTools extends FetchTools {
  readonly flights: Flights;
}

/** A refresh failed in a way that trying again may mend. */
class RefreshError extends Error {
  override readonly name = "RefreshError";
}

export interface RefreshRequest {
  readonly route: Route;
  readonly source: Source;
  readonly keyed: readonly string[] | undefined;
  readonly entry: CacheEntry;
  /** Key of the resource, and the fields to ask with, when they are not those of a public request as the entry remembers it. */
  readonly primary?: string;
  readonly fields?: FieldList;
  /** Who asks, for the source's budget; `refresh` when absent. */
  readonly priority?: Priority;
  readonly signal: AbortSignal;
}

/** Longest that a source's Retry-After is believed. */
const RETRY_CAP_MS = 3_600_000;

/** Rejects with `SourceError` or `RefreshError` when the source failed; the stored response is untouched then. */
export async function refresh(tools: RefreshTools, request: RefreshRequest): Promise<Refreshed> {
  const { route, entry, keyed } = request;
  const wanted: Wanted = {
    primary: request.primary ?? primaryKey(keyScope(route), entry.target),
    request: { method: "GET", target: entry.target, fields: request.fields ?? entry.requestFields },
    keyed,
  };
  const found = await lookUp(tools, wanted);
  if (found.state === "failed") throw found.cause;
  if (found.state === "absent") return { outcome: "gone" };
  if (found.entry.fence > entry.fence && found.entry.staleAt > tools.now())
    return { outcome: "superseded" };
  const flight = await tools.flights.begin(found.key);
  if (flight.role === "follow") return { outcome: "superseded" };
  let ended: "stored" | "failed" = "failed";
  try {
    const refreshed = await fetchAgain(tools, request, wanted, found, flight.fence);
    if (refreshed.outcome === "stored" || refreshed.outcome === "freshened") ended = "stored";
    return refreshed;
  } finally {
    if (flight.role === "lead") await flight.end(ended);
  }
}

async function fetchAgain(
  tools: RefreshTools,
  { route, source, priority = "refresh", signal }: RefreshRequest,
  wanted: Wanted,
  found: Extract<Found, { state: "found" }>,
  fence: number,
): Promise<Refreshed> {
  try {
    const fetched = await fetchFrom(tools, {
      route,
      source,
      wanted,
      sourceTarget: sourceTarget(wanted.request.target, route.source),
      previous: found.entry,
      record: found.record,
      fence,
      priority,
      signal,
    });
    return await settle(tools, fetched, found.key, route.maxBody);
  } catch (thrown) {
    return later(thrown, tools.now());
  }
}

/** A source that was not asked is asked later; what else is thrown, is thrown. */
function later(thrown: unknown, now: Instant): Refreshed {
  if (!(thrown instanceof SourceError) || thrown.fault !== "resting") throw thrown;
  return { outcome: "retry", at: thrown.retryAt ?? now, because: thrown.message };
}

export async function settle(
  tools: RefreshTools,
  fetched: Fetched,
  key: string,
  maxBody: number,
): Promise<Refreshed> {
  if (fetched.kind === "freshened") return outcomeOf("freshened", await fetched.save());
  const { head, body, refusal } = fetched;
  const failed = head.status >= 500 || head.status === 429;
  if (failed || refusal !== undefined) {
    body.destroy();
    if (failed) return comeBack(head.status, joinedValue(head.fields, "retry-after"), tools.now());
    return withdrawn(tools, key, head.status, refusal as string);
  }
  const whole = await collect(body, maxBody);
  if (whole === undefined)
    return { outcome: "kept", detail: "The new response is larger than max_body." };
  const outcome = await fetched.save(fetched.entryOf(whole));
  return "guarded" in outcome
    ? { outcome: "kept", detail: outcome.guarded }
    : outcomeOf("stored", outcome.saved);
}

function comeBack(status: number, retryAfter: string | undefined, now: Instant): Refreshed {
  const at = retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, now, RETRY_CAP_MS);
  if (at === undefined) throw new RefreshError(`The source answered ${status}.`);
  return { outcome: "retry", at };
}

/** A successful answer that may not be stored says that the stored one is over; an error says nothing about it. */
async function withdrawn(
  tools: RefreshTools,
  key: string,
  status: number,
  refusal: string,
): Promise<Refreshed> {
  const detail = `The source answered ${status}, which is not stored: ${refusal}.`;
  if (status >= 400) return { outcome: "kept", detail };
  await tools.store.remove([key]);
  return { outcome: "gone" };
}

function outcomeOf(outcome: "stored" | "freshened", saved: Saved): Refreshed {
  if (saved === "failed") throw new RefreshError("The store did not take the response.");
  return { outcome: saved === "superseded" ? "superseded" : outcome };
}
