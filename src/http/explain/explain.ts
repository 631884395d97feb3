/** Why a request is answered as it is: the same steps as for a client, with their reasons, without asking any source. */
import { mustForward } from "../../cache/precondition.ts";
import { bypassInWords, type Reason, WITHOUT_ENTRY } from "../../cache/reasons.ts";
import { bypassReason } from "../../cache/reuse.ts";
import { pathOf, targetRefusal } from "../../cache/target.ts";
import { isoTime } from "../iso-time.ts";
import { type Asked, type RawRequest, readRequest } from "../request.ts";
import { shownText } from "../shown.ts";
import type { ExplainTools, Explanation } from "./explanation.ts";
import { keyFacts, routeFacts, upstreamFacts } from "./facts.ts";
import { holdsOf } from "./source-facts.ts";
import { explainStored } from "./stored.ts";

/** The request with everything that is known about its answer. Never rejects. */
export async function explain(tools: ExplainTools, request: RawRequest): Promise<Explanation> {
  const target = request.url as string;
  const served = tools.routeOf(target);
  const about = {
    at: isoTime(tools.now()),
    method: request.method as string,
    target: shownText(target),
  };
  if (tools.isItem?.(pathOf(target)) === true) return { ...about, ...ITEM };
  if (served === undefined)
    return { ...about, ...refusal("No route is configured for this path.") };
  const route = routeFacts(served);
  const refused = targetRefusal(target, served.route);
  if (refused !== undefined)
    return { ...about, route, ...refusal(`The target can be read in two ways: ${refused}.`) };
  const asked = readRequest(request, served);
  const holds = holdsOf(await tools.budgets.of(served.route.source.origin).state());
  const sent = {
    ...{ ...about, route, upstream: upstreamFacts(asked) },
    ...(holds.length > 0 && { holds }),
  };
  const past = passing(asked);
  if (past !== undefined) return { ...sent, ...past };
  return { ...sent, key: keyFacts(asked), ...(await explainStored(tools, asked)) };
}

type Outcome = Pick<Explanation, "verdict" | "now">;

/** What is stored for routes has no part in it. */
const ITEM: Outcome = {
  verdict: {
    reuse: "nothing",
    because: { by: "the configuration", text: "The path is that of an item." },
  },
  now: {
    action: "item",
    text: "Clients whose token may read it get its value. GET /items on the control plane tells how it is.",
  },
};

function refusal(text: string): Outcome {
  return {
    verdict: { reuse: "nothing", because: { by: "the configuration", text } },
    now: { action: "refuse", text: "The client gets an error, and no source is asked." },
  };
}

/** Why the store takes no part in it; undefined when it does. */
function passing({ client, forwarded, served }: Asked): Outcome | undefined {
  const bypass = bypassReason(client, served.route);
  const isRead = client.method === "GET" || client.method === "HEAD";
  let because: Reason | undefined;
  if (bypass !== undefined) because = bypassInWords(bypass);
  else if (!isRead) because = WITHOUT_ENTRY.method;
  else if (mustForward(forwarded)) because = WITHOUT_ENTRY.condition;
  if (because === undefined) return undefined;
  const text = "The request goes to the source, and its answer is not stored.";
  return { verdict: { reuse: "nothing", because }, now: { action: "pass-on", text } };
}
