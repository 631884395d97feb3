/** What the store has for a request, and what follows from it. */
import type { CacheEntry } from "../../cache/entry.ts";
import { type Found, lookUp } from "../../cache/lookup.ts";
import { createPurgeMarkers } from "../../cache/purge/markers.ts";
import { afterPurges } from "../../cache/purge/purge.ts";
import { type Reason, reasonOf, WITHOUT_ENTRY } from "../../cache/reasons.ts";
import { isDueAhead } from "../../cache/refresh-ahead.ts";
import { obeyedDirectives } from "../../cache/request-directives.ts";
import { type Decision, decideReuse, mayServeStaleOnError } from "../../cache/reuse.ts";
import { reference } from "../../store/tiered.ts";
import type { Rest } from "../back-off.ts";
import { isoTime } from "../iso-time.ts";
import { flightKey } from "../miss.ts";
import type { Asked } from "../request.ts";
import { wantedOf } from "../transaction.ts";
import type { Action, ExplainTools, Explanation } from "./explanation.ts";
import { purgeFacts, storedFacts, variantFacts } from "./facts.ts";

type Outcome = Pick<Explanation, "verdict" | "now">;
type FoundEntry = Extract<Found, { state: "found" }>;

/** To see what stands there although it was purged. */
const NOTHING_PURGED = createPurgeMarkers();

export async function explainStored(
  tools: ExplainTools,
  asked: Asked,
): Promise<Outcome & Partial<Explanation>> {
  const found = await lookUp({ ...tools, purges: NOTHING_PURGED }, wantedOf(asked));
  if (found.state === "found") return explainFound(tools, asked, found);
  const record = found.state === "absent" ? found.record : undefined;
  let because: Reason = WITHOUT_ENTRY["uri-miss"];
  if (found.state === "failed") because = WITHOUT_ENTRY.failed;
  else if (record?.kind === "index") because = WITHOUT_ENTRY["vary-miss"];
  return { variants: variantFacts(record, undefined), ...withoutEntry(asked, because) };
}

function withoutEntry({ client, served }: Asked, because: Reason): Outcome {
  const isOnly = obeyedDirectives(client, served.route).onlyIfCached;
  return {
    verdict: { reuse: "nothing", because },
    now: isOnly ? act("gateway-timeout") : act(client.method === "HEAD" ? "pass-on" : "fetch"),
  };
}

async function explainFound(
  tools: ExplainTools,
  asked: Asked,
  found: FoundEntry,
): Promise<Outcome & Partial<Explanation>> {
  const now = tools.now();
  const { route } = asked.served;
  const entry = afterPurges(tools.purges, found.entry, now);
  const facts = {
    stored: storedFacts(entry ?? found.entry, found.key, now),
    variants: variantFacts(found.record, found.key),
    purge: purgeFacts(tools.purges.verdictOn(found.entry)),
    refresh: await refreshFacts(tools, route.id, found.key),
  };
  if (entry === undefined) return { ...facts, ...withoutEntry(asked, WITHOUT_ENTRY.purged) };
  const decision = decideReuse(entry, asked.client, route, now);
  const rest = tools.backOff.restOf(flightKey(asked, found), now);
  const bridges = mayServeStaleOnError(entry, asked.client, route, now, { kind: "unreachable" });
  return {
    ...facts,
    verdict: { reuse: decision.serve, because: reasonOf(decision) },
    now: actionOf(asked, entry, decision, rest, now),
    ifSourceFails: decision.serve !== "nothing" || bridges ? "stored" : "error",
    ...(rest === undefined ? {} : { rest: restFacts(rest) }),
  };
}

function actionOf(
  { client, served }: Asked,
  entry: CacheEntry,
  decision: Decision,
  rest: Rest | undefined,
  now: number,
): Explanation["now"] {
  const { route } = served;
  if (decision.serve === "fresh")
    return act(isDueAhead(entry, route, now) ? "hit-and-refresh" : "hit");
  if (decision.serve === "stale") return act(decision.refresh ? "stale-and-refresh" : "stale");
  if (decision.gatewayTimeout === true) return act("gateway-timeout");
  if (rest !== undefined && mayServeStaleOnError(entry, client, route, now, rest.failure))
    return { action: "stale", text: "The stored response is sent: its source failed just now." };
  if (client.method === "HEAD") return act("pass-on");
  return act(decision.validatable ? "validate" : "fetch");
}

const TEXTS: Readonly<Record<Exclude<Action, "refuse" | "item">, string>> = {
  "pass-on": "The request goes to the source; what it answers is not stored for others.",
  hit: "The stored response is sent.",
  "hit-and-refresh": "The stored response is sent, and refreshed behind it before it gets stale.",
  stale: "The stored response is sent although it is stale.",
  "stale-and-refresh": "The stored response is sent although it is stale, and refreshed behind it.",
  validate: "The source is asked whether the stored response still holds.",
  fetch: "The source is asked, and its answer is stored if it may be.",
  "gateway-timeout": "The client wants a stored response or none (only-if-cached), and gets a 504.",
};

function act(action: Exclude<Action, "refuse" | "item">): Explanation["now"] {
  return { action, text: TEXTS[action] };
}

function restFacts({ until, failures, failure }: Rest): NonNullable<Explanation["rest"]> {
  const kind = failure.kind === "status" ? `status ${failure.status}` : failure.kind;
  return { until: isoTime(until), failures, failure: kind };
}

async function refreshFacts(
  tools: ExplainTools,
  route: string,
  key: string,
): Promise<NonNullable<Explanation["refresh"]>> {
  try {
    const job = await tools.findRefresh(route, reference(key));
    if (job === undefined) return "none";
    const { notBefore, ...rest } = job;
    return notBefore === undefined ? rest : { ...rest, notBefore: isoTime(notBefore) };
  } catch {
    return "unknown";
  }
}
