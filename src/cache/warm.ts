/** Having a response in store before somebody asks: what is fresh is left alone, what is stale is refreshed, what is not there is fetched. */
import type { Route } from "../config/route.ts";
import { SourceError } from "../errors.ts";
import type { Instant } from "../fields.ts";
import type { Source } from "../sources/source.ts";
import { fetchFrom } from "./fetch.ts";
import { type Found, lookUp, type Wanted } from "./lookup.ts";
import { type Refreshed, type RefreshTools, refresh, settle } from "./refresh.ts";

/** As of `Refreshed`, and: `fresh`, nothing had to be done; `not-stored`, the source's answer is not one to keep. */
export type Warmed =
  | Exclude<Refreshed, { readonly outcome: "retry" }>
  | { readonly outcome: "retry"; readonly at: Instant; readonly because?: string }
  | { readonly outcome: "fresh" }
  | { readonly outcome: "not-stored"; readonly detail: string };

/** A request of the public, as it would come from a client. */
export interface WarmRequest {
  readonly route: Route;
  readonly source: Source;
  readonly wanted: Wanted;
  readonly sourceTarget: string;
  /** Under what a client's miss would be fetched too. */
  readonly flightKey: (found: Found) => string;
}

/** Rejects with `SourceError` or `RefreshError` when the source failed. */
export async function warm(
  tools: RefreshTools,
  request: WarmRequest,
  signal: AbortSignal,
): Promise<Warmed> {
  const { route, source, wanted } = request;
  const found = await lookUp(tools, wanted);
  if (found.state === "failed") throw found.cause;
  if (found.state === "absent") return fetchFirst(tools, request, found, signal);
  const { entry } = found;
  if (entry.staleAt > tools.now()) return { outcome: "fresh" };
  const { primary, keyed } = wanted;
  const { fields } = wanted.request;
  const priority = "warm-up";
  return refresh(tools, { ...{ route, source, primary, keyed, fields, entry, priority }, signal });
}

async function fetchFirst(
  tools: RefreshTools,
  request: WarmRequest,
  found: Extract<Found, { state: "absent" }>,
  signal: AbortSignal,
): Promise<Warmed> {
  const flight = await tools.flights.begin(request.flightKey(found));
  if (flight.role === "follow") return { outcome: "superseded" };
  let stored = false;
  try {
    const warmed = await fetchAndKeep(tools, request, found, flight.fence, signal);
    stored = warmed.outcome === "stored";
    return warmed;
  } finally {
    if (flight.role === "lead") await flight.end(stored ? "stored" : "failed");
  }
}

async function fetchAndKeep(
  tools: RefreshTools,
  { route, source, wanted, sourceTarget }: WarmRequest,
  { record }: Extract<Found, { state: "absent" }>,
  fence: number,
  signal: AbortSignal,
): Promise<Warmed> {
  try {
    const request = { route, source, wanted, sourceTarget, fence, signal } as const;
    const fetched = await fetchFrom(tools, {
      ...request,
      priority: "warm-up",
      ...(record !== undefined && { record }),
    });
    if (fetched.kind === "response" && fetched.refusal !== undefined) {
      const { status } = fetched.head;
      if (status < 500 && status !== 429) {
        fetched.body.destroy();
        const detail = `The source answered ${status}, which is not stored: ${fetched.refusal}.`;
        return { outcome: "not-stored", detail };
      }
    }
    const settled = await settle(tools, fetched, wanted.primary, route.maxBody);
    return settled.outcome === "kept" ? { ...settled, outcome: "not-stored" } : settled;
  } catch (thrown) {
    if (!(thrown instanceof SourceError) || thrown.fault !== "resting") throw thrown;
    return { outcome: "retry", at: thrown.retryAt ?? tools.now(), because: thrown.message };
  }
}
