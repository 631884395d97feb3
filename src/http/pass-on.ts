/** Requests that the store takes no part in: bypasses, other methods, HEAD without a stored answer. Their bodies go to the source as they are. */
import { formatCacheStatus } from "../cache/cache-status.ts";
import { withoutHopByHop } from "../cache/hop-by-hop.ts";
import type { Found } from "../cache/lookup.ts";
import { type FieldList, joinedValue } from "../fields.ts";
import { writeResponseHead } from "./forward-response.ts";
import { sendInterim } from "./interim.ts";
import { invalidateAfter } from "./invalidate.ts";
import { pump } from "./pump.ts";
import { VIA } from "./routes.ts";
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
  const { asked, req, note } = x;
  note.outcome = why.forward;
  const body = bodyFields(x);
  const response = await asked.served.source.fetch(
    {
      method: asked.client.method,
      target: asked.sourceTarget,
      fields: [...asked.forwarded.fields, ...body, ...VIA],
      ...(body.length > 0 ? { body: req } : {}),
    },
    { signal: tools.stopping, onInterim: (interim) => sendInterim(req, x.res, interim) },
  );
  const head = {
    status: response.status,
    statusText: response.statusText,
    fields: withoutHopByHop(response.fields),
  };
  await invalidateAfter(tools, asked, head);
  const status = formatCacheStatus({
    forward: why.forward,
    forwardStatus: head.status,
    ...(why.detail === undefined ? {} : { detail: why.detail }),
  });
  writeResponseHead(x, head, status, VIA);
  await pump(response.body, x.res, undefined);
}

/** The framing of a request body, or nothing when there is none. */
function bodyFields(x: Exchange): FieldList {
  const length = joinedValue(x.req.rawHeaders, "content-length");
  if (length !== undefined) return length === "0" ? [] : ["Content-Length", length];
  return x.req.headers["transfer-encoding"] === undefined ? [] : ["Transfer-Encoding", "chunked"];
}
