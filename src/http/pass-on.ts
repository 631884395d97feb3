/** Requests that the store takes no part in: bypasses, other methods, HEAD without a stored answer. Their bodies go to the source as they are. */
import type { IncomingMessage } from "node:http";
import { formatCacheStatus } from "../cache/cache-status.ts";
import { endToEndHead } from "../cache/hop-by-hop.ts";
import type { Found } from "../cache/lookup.ts";
import { type FieldList, joinedValue } from "../fields.ts";
import type { SourceResponse } from "../sources/source.ts";
import { writeResponseHead } from "./forward-response.ts";
import { sendInterim } from "./interim.ts";
import { invalidateAfter } from "./invalidate.ts";
import { pump } from "./pump.ts";
import { VIA } from "./routes.ts";
import { freshenByHead, postAsGet } from "./side-effects.ts";
import type { Exchange, ExchangeTools } from "./transaction.ts";

export interface PassOn {
  /** RFC 9211 §2.2. */
  readonly forward:
    | "bypass"
    | "method"
    | "request"
    | "uri-miss"
    | "vary-miss"
    | "miss"
    | "stale"
    | "partial";
  readonly detail?: string;
  /** What was stored, when the store was asked. */
  readonly found?: Found;
}

export async function passOn(tools: ExchangeTools, x: Exchange, why: PassOn): Promise<void> {
  const { asked, note } = x;
  note.outcome = why.forward;
  const response = await send(tools, x);
  const head = endToEndHead(response);
  const arrived = { head, requestAt: response.requestAt, responseAt: response.responseAt };
  if (asked.client.method === "HEAD") await freshenByHead(tools, asked, why.found, arrived);
  else await invalidateAfter(tools, asked, head);
  const stored = await postAsGet(tools, asked, arrived);
  const status = formatCacheStatus({
    forward: why.forward,
    forwardStatus: head.status,
    ...(stored === undefined ? {} : { stored: true }),
    ...(why.detail === undefined ? {} : { detail: why.detail }),
  });
  writeResponseHead(x, head, status, VIA);
  const end = await pump(response.body, x.res, stored?.collector);
  if (end === "complete") await stored?.save();
}

function send(tools: ExchangeTools, { asked, req, res }: Exchange): Promise<SourceResponse> {
  const framing = bodyFields(req);
  return asked.served.source.fetch(
    {
      method: asked.client.method,
      target: asked.sourceTarget,
      fields: [...asked.forwarded.fields, ...framing],
      ...(framing.length > 0 ? { body: req } : {}),
    },
    { signal: tools.stopping, onInterim: (interim) => sendInterim(req, res, interim) },
  );
}

/** The framing of a request body, or nothing when there is none. */
function bodyFields(req: IncomingMessage): FieldList {
  const length = joinedValue(req.rawHeaders, "content-length");
  if (length !== undefined) return length === "0" ? [] : ["Content-Length", length];
  return req.headers["transfer-encoding"] === undefined ? [] : ["Transfer-Encoding", "chunked"];
}
