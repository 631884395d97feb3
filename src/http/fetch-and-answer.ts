/** The fetch of a miss and the answer it becomes; the stored response stands in where the source fails or is slow (RFC 9111 §4.2.4, RFC 5861 §4). */
import { formatCacheStatus } from "../cache/cache-status.ts";
import { type Fetched, fetchFrom } from "../cache/fetch.ts";
import { settle } from "../cache/refresh.ts";
import { SourceError } from "../errors.ts";
import type { FieldList } from "../fields.ts";
import { answerCompleted, restOf } from "./complete-part.ts";
import { sendInterim } from "./interim.ts";
import { serveEntry, serveStaleInstead, standIn } from "./serve.ts";
import { answerResponse } from "./stream-response.ts";
import {
  type EndFlight,
  type Exchange,
  type ExchangeTools,
  type FlownMiss,
  type Lead,
  wantedOf,
} from "./transaction.ts";

const UNREACHABLE = { kind: "unreachable" } as const;

export async function fetchAndAnswer(
  tools: ExchangeTools,
  x: Exchange,
  miss: FlownMiss,
  lead: Lead,
): Promise<void> {
  const endFlight = onceEnding(lead);
  try {
    await fetchOrKeep(tools, x, miss, lead, endFlight);
  } catch (thrown) {
    await endFlight("failed");
    if (!(thrown instanceof SourceError) || x.res.headersSent) throw thrown;
    const { fault, retryAt } = thrown;
    if (!serveStaleInstead(tools, x, miss, UNREACHABLE, fault, retryAt)) throw thrown;
  } finally {
    await endFlight("failed");
  }
}

async function fetchOrKeep(
  tools: ExchangeTools,
  x: Exchange,
  miss: FlownMiss,
  lead: Lead,
  endFlight: EndFlight,
): Promise<void> {
  const rest = restOf(x, miss);
  const fetching = startFetch(tools, x, miss, lead, rest);
  const fetched = await withinSoftTimeout(tools, x, miss, fetching);
  if (fetched === "slow") return settleBehind(tools, x, miss, fetching, endFlight);
  if (fetched.kind === "freshened") return answerFreshened(tools, x, miss, fetched, endFlight);
  if (rest === undefined || fetched.head.status !== 206)
    return answerResponse(tools, x, miss, fetched, endFlight);
  if (await answerCompleted(tools, x, miss, fetched, lead.fence, endFlight)) return;
  return fetchOrKeep(tools, x, { ...miss, found: { state: "absent" } }, lead, endFlight);
}

function onceEnding(lead: Lead): EndFlight {
  let ended = false;
  return async (outcome) => {
    if (ended || lead.role !== "lead") return;
    ended = true;
    await lead.end(outcome);
  };
}

function startFetch(
  tools: ExchangeTools,
  x: Exchange,
  miss: FlownMiss,
  lead: Lead,
  rest: FieldList | undefined,
): Promise<Fetched> {
  const { found } = miss;
  return fetchFrom(tools, {
    route: x.asked.served.route,
    source: x.asked.served.source,
    wanted: wantedOf(x.asked),
    sourceTarget: x.asked.sourceTarget,
    ...(found.state === "found" && rest === undefined ? { previous: found.entry } : {}),
    ...(rest === undefined ? {} : { conditions: rest }),
    ...(found.state !== "failed" && found.record !== undefined ? { record: found.record } : {}),
    fence: lead.fence,
    // Who can be answered from the store leaves the last of a budget to those who cannot.
    priority: standIn(tools, x, miss, UNREACHABLE) === undefined ? "user" : "refresh",
    signal: tools.stopping,
    onInterim: (interim) => sendInterim(x.req, x.res, interim),
  });
}

/** The response, or `slow` when a stored one was sent because the source took longer than the route's soft time-out. */
async function withinSoftTimeout(
  tools: ExchangeTools,
  x: Exchange,
  miss: FlownMiss,
  fetching: Promise<Fetched>,
): Promise<Fetched | "slow"> {
  const { softTimeoutMs } = x.asked.served.route;
  if (softTimeoutMs === undefined || miss.found.state !== "found") return fetching;
  let timer: NodeJS.Timeout | undefined;
  const slow = new Promise<"slow">((resolve) => {
    timer = setTimeout(() => resolve("slow"), softTimeoutMs);
  });
  try {
    const first = await Promise.race([fetching, slow]);
    if (first !== "slow") return first;
    return serveStaleInstead(tools, x, miss, { kind: "slow" }, "slow") ? "slow" : fetching;
  } finally {
    clearTimeout(timer);
  }
}

/** The client has its answer; what the slow source brings is still stored. */
async function settleBehind(
  tools: ExchangeTools,
  x: Exchange,
  miss: FlownMiss,
  fetching: Promise<Fetched>,
  endFlight: EndFlight,
): Promise<void> {
  try {
    const { found } = miss;
    const key = found.state === "found" ? found.key : x.asked.primary;
    const refreshed = await settle(tools, await fetching, key, x.asked.served.route.maxBody);
    const isStored = refreshed.outcome === "stored" || refreshed.outcome === "freshened";
    if (isStored) tools.backOff.succeeded(miss.flight);
    await endFlight(isStored ? "stored" : "failed");
  } catch (thrown) {
    x.note.detail = `behind: ${(thrown as Error).message}`;
  }
}

async function answerFreshened(
  tools: ExchangeTools,
  x: Exchange,
  { flight }: FlownMiss,
  fetched: Extract<Fetched, { kind: "freshened" }>,
  endFlight: EndFlight,
): Promise<void> {
  tools.backOff.succeeded(flight);
  const status = formatCacheStatus({ forward: "stale", forwardStatus: 304, stored: true });
  serveEntry(tools, x, fetched.entry, "revalidated", status);
  const saved = await fetched.save();
  await endFlight(saved === "failed" ? "failed" : "stored");
}
