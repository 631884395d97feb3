/** A source's full response → the client, and into the store where it may be. */
import { formatCacheStatus } from "../cache/cache-status.ts";
import { createCollector, readUpTo } from "../cache/collector.ts";
import type { CacheEntry } from "../cache/entry.ts";
import type { Fetched, SaveOutcome } from "../cache/fetch.ts";
import type { ResponseHead } from "../cache/message.ts";
import type { SourceFailure } from "../cache/reuse.ts";
import { hasField, joinedValue } from "../fields.ts";
import { writeResponseHead } from "./forward-response.ts";
import { pump } from "./pump.ts";
import { serveEntry, serveKept, serveStaleInstead } from "./serve.ts";
import type { EndFlight, Exchange, ExchangeTools, FlownMiss } from "./transaction.ts";

type Response = Extract<Fetched, { kind: "response" }>;

export async function answerResponse(
  tools: ExchangeTools,
  x: Exchange,
  miss: FlownMiss,
  response: Response,
  endFlight: EndFlight,
): Promise<void> {
  if (response.head.status >= 400 && serveStaleForStatus(tools, x, miss, response.head)) {
    response.body.destroy();
    return;
  }
  const { maxBody } = x.asked.served.route;
  const tooLarge = Number(joinedValue(response.head.fields, "content-length") ?? 0) > maxBody;
  if (response.refusal !== undefined || tooLarge) {
    tools.backOff.succeeded(miss.flight);
    await endFlight("unshareable");
    await stream(x, miss, response, response.refusal ?? "max-body");
  } else if (needsWhole(x, miss)) {
    await answerWhole(tools, x, miss, response, endFlight);
  } else {
    await streamAndStore(tools, x, miss, response, endFlight);
  }
}

function serveStaleForStatus(
  tools: ExchangeTools,
  x: Exchange,
  miss: FlownMiss,
  { status }: ResponseHead,
): boolean {
  return serveStaleInstead(tools, x, miss, { kind: "status", status }, `status-${status}`);
}

/** Whether the body must be complete before the answer begins: a guard may refuse it, or the client asked for a part or on a condition. */
function needsWhole(x: Exchange, miss: FlownMiss): boolean {
  const { client, served } = x.asked;
  const ours = served.keyed !== undefined || miss.found.state === "found";
  const conditional =
    hasField(client.fields, "range") ||
    hasField(client.fields, "if-none-match") ||
    hasField(client.fields, "if-modified-since");
  return (ours && conditional) || (miss.found.state === "found" && isGuarded(served.route.guards));
}

function isGuarded(guards: Exchange["asked"]["served"]["route"]["guards"]): boolean {
  return (
    guards.json ||
    guards.jsonPaths.length > 0 ||
    guards.minBytes !== undefined ||
    guards.maxShrink !== undefined ||
    guards.status !== undefined ||
    guards.contentType !== undefined
  );
}

/** Passes a response on that is not stored. `begun` is what has been read of its body. */
async function stream(
  x: Exchange,
  miss: FlownMiss,
  response: Response,
  detail: string,
  begun?: Buffer,
): Promise<void> {
  const cacheStatus = formatCacheStatus({
    forward: miss.forward,
    forwardStatus: response.head.status,
    detail,
  });
  x.note.outcome = miss.forward;
  x.note.detail = detail;
  writeResponseHead(x, response.head, cacheStatus);
  if (begun !== undefined) x.res.write(begun);
  const pumped = pump(response.body, x.res, undefined);
  response.body.resume();
  await pumped;
}

async function streamAndStore(
  tools: ExchangeTools,
  x: Exchange,
  miss: FlownMiss,
  response: Response,
  endFlight: EndFlight,
): Promise<void> {
  const { maxBody, guards } = x.asked.served.route;
  const collector = createCollector(maxBody);
  const cacheStatus = formatCacheStatus({
    forward: miss.forward,
    forwardStatus: response.head.status,
    // A guard may still refuse it when it is complete.
    ...(isGuarded(guards) ? {} : { stored: true }),
  });
  x.note.outcome = miss.forward;
  writeResponseHead(x, response.head, cacheStatus);
  const end = await pump(response.body, x.res, collector);
  const body = end === "complete" ? collector.whole() : undefined;
  if (body === undefined) return endFlight("unshareable");
  await endFlight(endOf(x, await land(tools, x, miss, response, response.entryOf(body))));
}

/** How a key rests whose source answered with something that a guard refused. */
const REFUSED: SourceFailure = { kind: "status", status: 502 };

/** Stores an entry. Until the write is done it answers from `landing`. */
async function land(
  tools: ExchangeTools,
  x: Exchange,
  { flight }: FlownMiss,
  response: Response,
  entry: CacheEntry,
): Promise<SaveOutcome> {
  const landing = { entry, request: x.asked.forwarded };
  try {
    const outcome = await response.save(entry, () => tools.landing.set(flight, landing));
    if (!("guarded" in outcome)) {
      tools.backOff.succeeded(flight);
      return outcome;
    }
    tools.backOff.failed(flight, REFUSED, tools.now());
    const facts = { id: x.note.id, route: x.asked.served.route.id, reason: outcome.guarded };
    tools.logger.warn(facts, "A guard refused an answer");
    return outcome;
  } finally {
    if (tools.landing.get(flight) === landing) tools.landing.delete(flight);
  }
}

/** Reads the body first, then answers from what it became: the new entry, or the stored one if a guard refused the new. */
async function answerWhole(
  tools: ExchangeTools,
  x: Exchange,
  miss: FlownMiss,
  response: Response,
  endFlight: EndFlight,
): Promise<void> {
  const { maxBody, guards } = x.asked.served.route;
  const { complete, bytes } = await readUpTo(response.body, maxBody);
  if (!complete && miss.found.state === "found" && isGuarded(guards)) {
    response.body.destroy();
    return serveKept(tools, x, miss.found.entry, "guarded: the body is larger than max_body");
  }
  if (response.body.errored !== null) throw response.body.errored;
  if (!complete) {
    await Promise.all([stream(x, miss, response, "max-body", bytes), endFlight("unshareable")]);
    return;
  }
  const entry = response.entryOf(bytes);
  const outcome = await land(tools, x, miss, response, entry);
  await endFlight(endOf(x, outcome));
  if ("guarded" in outcome && miss.found.state === "found") {
    return serveKept(tools, x, miss.found.entry, `guarded: ${outcome.guarded}`);
  }
  const cacheStatus = formatCacheStatus({
    forward: miss.forward,
    forwardStatus: response.head.status,
    stored: !("guarded" in outcome),
  });
  serveEntry(tools, x, entry, miss.forward, cacheStatus);
}

function endOf(x: Exchange, outcome: SaveOutcome): "stored" | "failed" {
  if ("guarded" in outcome) {
    x.note.detail = `guarded: ${outcome.guarded}`;
    return "failed";
  }
  return outcome.saved === "failed" ? "failed" : "stored";
}
