/** What one request comes to, collected while it is answered and logged as one line when it is done. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { firstValue } from "../cache/message.ts";
import { pathOf } from "../cache/target.ts";
import { lineOutput, redact } from "../logger.ts";

export interface Note {
  readonly id: string;
  readonly startedAt: number;
  route: string | undefined;
  /** How it was answered: hit, stale, a forward reason of RFC 9211, refused, or the fault. */
  outcome: string;
  ageMs: number | undefined;
  bytes: number | undefined;
  detail: string | undefined;
}

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
let count = 0;
const prefix = `${process.pid.toString(36)}${Date.now().toString(36)}`;

/** Starts the note of a request. A client's own request id is kept when it is a plain one. */
export function startNote(req: IncomingMessage): Note {
  const given = firstValue(req.rawHeaders, "x-request-id");
  const id =
    given !== undefined && REQUEST_ID.test(given) ? given : `${prefix}-${(count++).toString(36)}`;
  return {
    id,
    startedAt: performance.now(),
    route: undefined,
    outcome: "unanswered",
    ageMs: undefined,
    bytes: undefined,
    detail: undefined,
  };
}

const NOTE = Symbol("note");

/** The note of a request, started by whoever asks first. */
export function noteOf(req: IncomingMessage): Note {
  const holder: { [NOTE]?: Note } = req as object;
  holder[NOTE] ??= startNote(req);
  return holder[NOTE];
}

/** Logs the one line of a request. The query stays out: it may carry credentials. */
export type RequestLog = (req: IncomingMessage, res: ServerResponse, note: Note) => void;

/**
 * Makes its lines itself where it can: a logger's general way, with a write for every line, costs as much as answering a hit from memory. Lines
 * are made and handed on some at a time, which costs a third of making each in its turn.
 */
export function createRequestLog(logger: Logger): RequestLog {
  const output = lineOutput(logger, "info");
  if (output === undefined) return (req, res, note) => logger.info(factsOf(doneOf(req, res, note)));
  let waiting: Done[] = [];
  const handOn = () => {
    const done = waiting;
    waiting = [];
    let lines = "";
    for (const one of done) lines += lineOf(one);
    if (lines !== "") output.write(lines);
  };
  setInterval(handOn, HAND_ON_MS).unref();
  // Before the logger writes what it holds.
  process.prependOnceListener("exit", handOn);
  return (req, res, note) => {
    waiting.push(doneOf(req, res, note));
    if (waiting.length >= HAND_ON_LINES) handOn();
  };
}

/** The longest that a line waits for others, and how many are handed on at once. */
const HAND_ON_MS = 50;
const HAND_ON_LINES = 64;

/** An answered request, as it stands in the moment of its answer. */
interface Done {
  readonly note: Note;
  readonly method: string | undefined;
  readonly target: string | undefined;
  readonly status: number;
  readonly at: number;
  readonly endedAt: number;
  readonly clientGone: boolean;
}

function doneOf(req: IncomingMessage, res: ServerResponse, note: Note): Done {
  return {
    note,
    method: req.method,
    target: req.url,
    status: res.statusCode,
    at: Date.now(),
    endedAt: performance.now(),
    // A hit is logged in the turn in which it is handed to the connection.
    clientGone: !(res.writableFinished || (note.detail === undefined && res.writableEnded)),
  };
}

/** JSON by hand for what is the same in every line; whatever a client or a source may have written is escaped. */
function lineOf({ note, method, target, status, at, endedAt, clientGone }: Done): string {
  const { id, route, outcome, ageMs, bytes, detail, startedAt } = note;
  let line = `{"level":"info","time":"${timeText(at)}","id":"${id}","method":"${method}","path":${quoted(pathOf(target ?? ""))}`;
  if (route !== undefined) line += `,"route":${quoted(route)}`;
  line += `,"status":${status},"outcome":"${outcome}"`;
  if (ageMs !== undefined) line += `,"ageMs":${ageMs}`;
  if (bytes !== undefined) line += `,"bytes":${bytes}`;
  if (detail !== undefined) line += `,"detail":${JSON.stringify(redact(detail))}`;
  if (clientGone) line += ',"clientGone":true';
  return `${line},"ms":${millis(endedAt - startedAt)}}\n`;
}

/** Milliseconds to the microsecond. */
function millis(ms: number): number {
  return Math.round(ms * 1000) / 1000;
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

/** For a logger that makes its lines itself. */
function factsOf({ note, method, target, status, endedAt, clientGone }: Done): object {
  const { id, route, outcome, ageMs, bytes, detail, startedAt } = note;
  return {
    ...{ id, method, path: pathOf(target ?? ""), route, status, outcome, ageMs, bytes },
    ms: millis(endedAt - startedAt),
    ...(detail === undefined ? {} : { detail: redact(detail) }),
    ...(clientGone ? { clientGone: true } : {}),
  };
}
