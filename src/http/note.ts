/** What one request comes to, collected while it is answered and logged as one line when it is done. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { pathOf } from "../cache/target.ts";

export interface Note {
  readonly id: string;
  readonly startedAt: number;
  route?: string;
  /** How it was answered: hit, stale, a forward reason of RFC 9211, refused, or the fault. */
  outcome: string;
  ageMs?: number;
  bytes?: number;
  detail?: string;
}

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
let count = 0;
const prefix = `${process.pid.toString(36)}${Date.now().toString(36)}`;

/** Starts the note of a request. A client's own request id is kept when it is a plain one. */
export function startNote(req: IncomingMessage): Note {
  const given = req.headers["x-request-id"];
  const id =
    typeof given === "string" && REQUEST_ID.test(given)
      ? given
      : `${prefix}-${(count++).toString(36)}`;
  return { id, startedAt: performance.now(), outcome: "unanswered" };
}

/** Logs the one line of a request. The query stays out: it may carry credentials. */
export function logNote(
  logger: Logger,
  req: IncomingMessage,
  res: ServerResponse,
  note: Note,
): void {
  logger.info({
    id: note.id,
    method: req.method,
    path: pathOf(req.url ?? ""),
    route: note.route,
    status: res.statusCode,
    outcome: note.outcome,
    ageMs: note.ageMs,
    bytes: note.bytes,
    detail: note.detail,
    ms: Math.round((performance.now() - note.startedAt) * 1000) / 1000,
    ...(res.writableFinished ? {} : { clientGone: true }),
  });
}
