/** One request through the cache: bypass, look up, decide, and act on the decision (RFC 9111 §4). */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Found, lookUp, type RecordRead } from "../cache/lookup.ts";
import { mustForward } from "../cache/precondition.ts";
import { obeyedDirectives } from "../cache/request-directives.ts";
import { bypassReason, decideReuse } from "../cache/reuse.ts";
import { mayWait } from "./limits.ts";
import { answerMiss } from "./miss.ts";
import type { Note } from "./note.ts";
import { passOn } from "./pass-on.ts";
import { sendProblem } from "./problem.ts";
import { hasBody, refusalOf } from "./refusal.ts";
import { readRequest } from "./request.ts";
import type { ServedRoute } from "./routes.ts";
import { serveStored } from "./serve.ts";
import { type Exchange, type ExchangeTools, wantedOf } from "./transaction.ts";

/** A request as it comes to a route. `read` is what the store had under its key, when it was asked already. */
export interface Arriving {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly served: ServedRoute;
  readonly note: Note;
  readonly read: RecordRead | undefined;
}

/** Answers a request of a route. Rejects when the source failed and nothing stored may stand in. */
export async function exchange(tools: ExchangeTools, arriving: Arriving): Promise<void> {
  const { req, res, served, note, read } = arriving;
  note.route = served.route.id;
  const refused = refusalOf(req, served);
  if (refused !== undefined) {
    note.outcome = "refused";
    return sendProblem(req, res, refused, { id: note.id });
  }
  mayWait(res);
  const x: Exchange = { req, res, asked: readRequest(req, served), note };
  const { client } = x.asked;
  const bypass = bypassReason(client, served.route);
  if (bypass !== undefined) return passOn(tools, x, { forward: "bypass", detail: bypass });
  if (client.method !== "GET" && client.method !== "HEAD")
    return passOn(tools, x, { forward: "method" });
  if (mustForward(x.asked.forwarded) || hasBody(req))
    return passOn(tools, x, { forward: "request" });
  return answerFromStore(tools, x, read);
}

async function answerFromStore(
  tools: ExchangeTools,
  x: Exchange,
  read: RecordRead | undefined,
): Promise<void> {
  const { client, served } = x.asked;
  const found = await lookUp(tools, wantedOf(x.asked), read);
  if (found.state !== "found") {
    if (obeyedDirectives(client, served.route).onlyIfCached) return answerNotStored(x);
    return answerMiss(tools, x, { found, forward: forwardOf(found) });
  }
  const decision = decideReuse(found.entry, client, served.route, tools.now());
  if (decision.serve !== "nothing") return serveStored(tools, x, found.key, decision);
  if (decision.gatewayTimeout === true) return answerNotStored(x);
  return answerMiss(tools, x, { found, forward: decision.forward, because: decision.because });
}

function forwardOf(found: Found): "uri-miss" | "vary-miss" {
  return found.state === "absent" && found.record?.kind === "index" ? "vary-miss" : "uri-miss";
}

/** The client wanted a stored response or none (RFC 9111 §5.2.1.7). */
function answerNotStored({ req, res, note }: Exchange): void {
  note.outcome = "only-if-cached";
  const detail = "Nothing stored answers this request.";
  sendProblem(req, res, { status: 504, type: "not-stored", detail }, { id: note.id });
}
