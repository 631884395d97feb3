/** What one request comes to, collected while it is answered and logged as one line when it is done. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { firstValue } from "../cache/message.ts";
import { pathOf } from "../cache/target.ts";
import { lineOutput, redact } from "../logger.ts";

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
  const given = firstValue(req.rawHeaders, "x-request-id");
  const id =
    given !== undefined && REQUEST_ID.test(given) ? given : `${prefix}-${(count++).toString(36)}`;
  return { id, startedAt: performance.now(), outcome: "unanswered" };
}

/** Logs the one line of a request. The query stays out: it may carry credentials. */
export type RequestLog = (req: IncomingMessage, res: ServerResponse, note: Note) => void;

/** Writes the lines itself where it can: a logger's general way of making a line costs as much as answering a hit. */
export function createRequestLog(logger: Logger): RequestLog {
  const output = lineOutput(logger, "info");
  return (req, res, note) => {
    const facts = factsOf(req, res, note);
    if (output === undefined) logger.info(facts);
    else
      output.write(
        `{"level":"info","time":"${new Date().toISOString()}",${JSON.stringify(facts).slice(1)}\n`,
      );
  };
}

function factsOf(req: IncomingMessage, res: ServerResponse, note: Note) {
  const ms = Math.round((performance.now() - note.startedAt) * 1000) / 1000;
  const { id, route, outcome, ageMs, bytes, detail } = note;
  const path = pathOf(req.url ?? "");
  const facts = {
    id,
    method: req.method,
    path,
    route,
    status: res.statusCode,
    outcome,
    ageMs,
    bytes,
    ms,
  };
  if (detail === undefined && res.writableEnded) return facts;
  return {
    ...facts,
    ...(detail === undefined ? {} : { detail: redact(detail) }),
    ...(res.writableFinished ? {} : { clientGone: true }),
  };
}
