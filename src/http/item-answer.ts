/** What is sent for an item. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type CacheStatus, formatCacheStatus } from "../cache/cache-status.ts";
import type { ItemSettings } from "../config/items.ts";
import type { Instant } from "../fields.ts";
import { ageOf } from "../items/decide.ts";
import type { ServedItem } from "../items/items.ts";
import { noteOf } from "./note.ts";
import { type Problem, sendProblem } from "./problem.ts";

/** What an item answers to. */
const ITEM_METHODS = "GET, HEAD, OPTIONS";

type Served = Exclude<ServedItem, { outcome: "failed" }>;

/** Sends the value as it is, and how old. */
export function sendItem(
  req: IncomingMessage,
  res: ServerResponse,
  served: Served,
  { isPublic, compat }: ItemSettings,
  now: Instant,
): void {
  const { body, goodAt } = served.record;
  const note = noteOf(req);
  note.ageMs = ageOf(goodAt, now);
  note.bytes = body.length;
  note.outcome = served.outcome === "fetched" ? "miss" : served.ttlMs > 0 ? "hit" : "stale";
  const fields = [
    ...["Content-Type", "application/json", "Content-Length", String(body.length)],
    // A value that takes a token to read is kept by nobody on the way.
    ...["Cache-Control", isPublic ? "no-cache" : "no-store", "X-Content-Type-Options", "nosniff"],
    ...["Age", String(Math.floor(note.ageMs / 1_000))],
    ...["Cache-Status", formatCacheStatus(statusOf(served))],
    ...(compat ? ["X-Cache", served.outcome === "fetched" ? "miss" : "hit"] : []),
  ];
  res.writeHead(200, fields);
  res.end(req.method === "HEAD" ? undefined : body);
}

function statusOf({ outcome, ttlMs, replaced, because }: Served): CacheStatus {
  if (outcome === "stored")
    return { hit: true, ttlMs, ...(because !== undefined && { detail: DETAILS[because] }) };
  const forward = replaced ? "stale" : "uri-miss";
  return { forward, forwardStatus: 200, ttlMs, stored: true };
}

const DETAILS: Record<NonNullable<Served["because"]>, string> = {
  unreachable: "source-failed",
  unusable: "source-failed",
  rejected: "source-rejects-credentials",
  refused: "value-refused",
  slow: "source-slow",
};

/** There is no value that may be served, and the source gives none. */
export function sendFailure(
  req: IncomingMessage,
  res: ServerResponse,
  { fault, retryMs }: Extract<ServedItem, { outcome: "failed" }>,
  { compat }: ItemSettings,
): void {
  const note = noteOf(req);
  note.outcome = DETAILS[fault];
  const cacheStatus = formatCacheStatus({ forward: "uri-miss", detail: DETAILS[fault] });
  if (compat) {
    const text = "Upstream failure";
    res.writeHead(503, [
      ...["Content-Type", "text/plain; charset=utf-8", "Content-Length", String(text.length)],
      ...["Cache-Control", "no-store", "Cache-Status", cacheStatus, "X-Cache", "miss"],
    ]);
    res.end(req.method === "HEAD" ? undefined : text);
    return;
  }
  const problem: Problem = {
    ...{
      status: 503,
      type: "item-unavailable",
      retryAfter: Math.max(1, Math.ceil(retryMs / 1_000)),
    },
    detail: "The source of this item fails, and there is no stored value that may be served.",
  };
  sendProblem(req, res, problem, { id: note.id, cacheStatus });
}

/** To OPTIONS, and to methods that an item does not have. */
export function sendMethods(req: IncomingMessage, res: ServerResponse): void {
  const isOptions = req.method === "OPTIONS";
  noteOf(req).outcome = isOptions ? "options" : "refused";
  res.writeHead(isOptions ? 200 : 405, { Allow: ITEM_METHODS, "Content-Length": 0 });
  res.end();
}
