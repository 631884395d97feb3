/** The work of a refresh job: find the entry that the payload refers to, and refresh it as a miss would. */

import type { RecordStore } from "../cache/lookup.ts";
import { type RefreshTools, refresh } from "../cache/refresh.ts";
import type { Route } from "../config/route.ts";
import { messageOf } from "../errors.ts";
import type { EntryReference, RefreshOutcome } from "../queues/jobs.ts";
import { NeverRetry, RetryAt } from "../queues/retry.ts";
import type { Source } from "../sources/source.ts";
import type { JobContext } from "./context.ts";

/** What the work needs to know of a route. */
export interface RefreshedRoute {
  readonly route: Route;
  readonly source: Source;
  readonly keyed: readonly string[] | undefined;
}

/** Throws `RetryAt` when the source asks to wait, `NeverRetry` when no run can succeed, and anything else to be tried again. */
export function createRefreshEntry(
  tools: RefreshTools,
  routeById: ReadonlyMap<string, RefreshedRoute>,
): (payload: EntryReference, context: JobContext) => Promise<RefreshOutcome> {
  return async (payload, context) => {
    const known = routeById.get(payload.route);
    if (known === undefined) throw new NeverRetry(`No route is called ${payload.route}.`);
    const entry = await readEntry(tools.store, payload.key);
    if (entry === undefined) return { outcome: "gone" };
    context.progress({ step: "asking the source" });
    const { route, source, keyed } = known;
    const refreshed = await refresh(tools, { route, source, keyed, entry, signal: context.signal });
    if (refreshed.outcome === "retry") throw new RetryAt(refreshed.at, refreshed.because);
    context.log(refreshed.outcome === "kept" ? `kept: ${refreshed.detail}` : refreshed.outcome);
    return refreshed;
  };
}

async function readEntry(store: RecordStore, reference: string) {
  const read = await store.readReference(reference);
  if (read.state === "failed")
    throw new Error(`The store could not be read: ${messageOf(read.cause)}`);
  return read.state === "found" && read.value.kind === "entry" ? read.value.entry : undefined;
}
