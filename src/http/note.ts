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

const notes = new WeakMap<IncomingMessage, Note>();

/** The note of a request, started by whoever asks first. */
export function noteOf(req: IncomingMessage): Note {
  const known = notes.get(req);
  if (known !== undefined) return known;
  const started = startNote(req);
  notes.set(req, started);
  return started;
}

/** Logs the one line of a request. The query stays out: it may carry credentials. */
export type RequestLog = (req: IncomingMessage, res: ServerResponse, note: Note) => void;

/**
 * Makes its lines itself where it can: a logger's general way, with a write for every line, costs as much as answering a hit from memory. Lines
 * are handed on some at a time.
 */
export function createRequestLog(logger: Logger): RequestLog {
  const output = lineOutput(logger, "info");
  if (output === undefined) return (req, res, note) => logger.info(factsOf(req, res, note));
  let lines = "";
  const handOn = () => {
    if (lines !== "") output.write(lines);
    lines = "";
  };
  setInterval(handOn, HAND_ON_MS).unref();
  // Before the logger writes what it holds.
  process.prependOnceListener("exit", handOn);
  return (req, res, note) => {
    lines += lineOf(factsOf(req, res, note));
    if (lines.length > HAND_ON_CHARACTERS) handOn();
  };
}

/** The longest that lines wait for others, and how much is handed on at once. */
const HAND_ON_MS = 50;
const HAND_ON_CHARACTERS = 4_096;

interface Facts {
  readonly id: string;
  readonly method: string | undefined;
  readonly path: string;
  readonly route: string | undefined;
  readonly status: number;
  readonly outcome: string;
  readonly ageMs: number | undefined;
  readonly bytes: number | undefined;
  readonly ms: number;
  readonly detail?: string;
  readonly clientGone?: true;
}

/** JSON by hand for what is the same in every line; whatever a client or a source may have written is escaped. */
function lineOf({
  id,
  method,
  path,
  route,
  status,
  outcome,
  ageMs,
  bytes,
  ms,
  detail,
  clientGone,
}: Facts): string {
  let line = `{"level":"info","time":"${timeText(Date.now())}","id":"${id}","method":"${method}","path":${quoted(path)}`;
  if (route !== undefined) line += `,"route":${quoted(route)}`;
  line += `,"status":${status},"outcome":"${outcome}"`;
  if (ageMs !== undefined) line += `,"ageMs":${ageMs}`;
  if (bytes !== undefined) line += `,"bytes":${bytes}`;
  if (detail !== undefined) line += `,"detail":${JSON.stringify(detail)}`;
  if (clientGone) line += ',"clientGone":true';
  return `${line},"ms":${ms}}\n`;
}

/** What JSON must escape, and everything that is not plain ASCII. */
const NOT_PLAIN = /[^ !#-[\]-~]/;

function quoted(text: string): string {
  return NOT_PLAIN.test(text) ? JSON.stringify(text) : `"${text}"`;
}

let second = 0;
let secondText = "";

/** ISO 8601; all but the milliseconds is made once a second. */
function timeText(now: number): string {
  const ms = now % 1000;
  if (now - ms !== second) {
    second = now - ms;
    secondText = new Date(second).toISOString().slice(0, -4);
  }
  return `${secondText}${ms < 10 ? "00" : ms < 100 ? "0" : ""}${ms}Z`;
}

function factsOf(req: IncomingMessage, res: ServerResponse, note: Note): Facts {
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
