/** A stored response → an answer (RFC 9111 §4, RFC 9110 §13, §14). */
import type { ServerResponse } from "node:http";
import type { CacheEntry } from "../cache/entry.ts";
import { notModifiedFields, preconditionOutcome } from "../cache/precondition.ts";
import { answerRange } from "../cache/range.ts";
import { type FieldList, hasField, type Instant, withoutFields } from "../fields.ts";
import type { Asked } from "./request.ts";
import type { ServedRoute } from "./routes.ts";

/** Bodies up to this size leave as a string in one write with the head. */
const ONE_WRITE_BYTES = 16_384;
/** Where the two values that differ per answer stand, counted from the end of the prepared list. */
const AGE_FROM_END = 3;
const STATUS_FROM_END = 1;

/** What of an entry is the same in every answer, made when it is first served. */
interface Prepared {
  /** Whose it is: copies of an entry take all its members along. */
  readonly entry: CacheEntry;
  /** Ready for `writeHead`; the last four members are Age and Cache-Status. */
  readonly list: string[];
  /** The body byte for byte as Latin-1 text, when it is small. */
  readonly text: string | undefined;
}

/** Kept on the entry itself: of a weak map with an entry for every hit, garbage collection alone would cost a quarter of the hits. */
const PREPARED = Symbol("prepared");

/** Whole seconds since the response had age zero; never negative (RFC 9111 §5.1). */
function ageOf(entry: CacheEntry, now: Instant): number {
  return Math.max(0, Math.floor((now - entry.bornAt) / 1000));
}

/** Answers with the whole stored response and nothing to consider: the hot path. Returns the bytes of body sent. */
export function sendWhole(
  res: ServerResponse,
  entry: CacheEntry,
  served: ServedRoute,
  headOnly: boolean,
  cacheStatus: string,
  now: Instant,
): number {
  const { list, text } = preparedFor(entry, served);
  list[list.length - AGE_FROM_END] = String(ageOf(entry, now));
  list[list.length - STATUS_FROM_END] = cacheStatus;
  const { response } = entry;
  res.sendDate = false;
  res.writeHead(response.status, response.statusText, list);
  if (headOnly || response.body.length === 0) {
    res.end();
    return 0;
  }
  if (text === undefined) res.end(response.body);
  else sendText(res, text);
  return response.body.length;
}

/**
 * Head and body in one plain write: `end` with a body adds an empty second piece, and gathering two costs more than writing one. Held back
 * until there is something to hold, for what is written to a socket that holds nothing is held back until the next tick. An answer that waits
 * for an earlier one has no socket yet.
 */
function sendText(res: ServerResponse, text: string): void {
  const { socket } = res;
  if (socket === null) return void res.end(text, "latin1");
  socket.cork();
  res.write(text, "latin1");
  socket.uncork();
  res.end();
}

function preparedFor(entry: CacheEntry, served: ServedRoute): Prepared {
  const holder: CacheEntry & { [PREPARED]?: Prepared } = entry;
  const known = holder[PREPARED];
  if (known?.entry === entry) return known;
  const { body } = entry.response;
  const made: Prepared = {
    entry,
    list: [...wholeFields(entry), ...served.hitFields, "Age", "", "Cache-Status", ""],
    text: body.length <= ONE_WRITE_BYTES ? body.toString("latin1") : undefined,
  };
  holder[PREPARED] = made;
  return made;
}

/** The stored fields without the source's Age, which is part of ours, and with the framing that a whole answer needs. */
function wholeFields(entry: CacheEntry): string[] {
  const { status, fields, body } = entry.response;
  const whole: string[] = [];
  let framed = status === 204 || status === 304;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    if (name.length === 3 && name.toLowerCase() === "age") continue;
    if (name.length === 14 && name.toLowerCase() === "content-length") framed = true;
    whole.push(name, fields[i + 1] as string);
  }
  if (!framed) whole.push("Content-Length", String(body.length));
  return whole;
}

/** Answers from a stored response as the request's conditions and range ask for. Returns the bytes of body sent. */
export function sendEntry(
  res: ServerResponse,
  entry: CacheEntry,
  asked: Asked,
  cacheStatus: string,
  now: Instant,
): { bytes: number } {
  const { client, served } = asked;
  const headOnly = client.method === "HEAD";
  const rest = [...served.hitFields, "Age", String(ageOf(entry, now)), "Cache-Status", cacheStatus];
  if (preconditionOutcome(entry, client) === "not-modified") {
    writeFields(res, 304, [...withoutAge(notModifiedFields(entry.response.fields)), ...rest]);
    res.end();
    return { bytes: 0 };
  }
  const range = headOnly ? ({ kind: "whole" } as const) : answerRange(entry, client);
  if (range.kind === "part") {
    const body = entry.response.body.subarray(range.start, range.end);
    writeFields(res, 206, [...withoutAge(range.fields), ...rest]);
    res.end(body);
    return { bytes: body.length };
  }
  if (range.kind === "unsatisfiable") {
    writeFields(res, 416, [...withoutAge(range.fields), ...rest]);
    res.end();
    return { bytes: 0 };
  }
  return { bytes: sendWhole(res, entry, served, headOnly, cacheStatus, now) };
}

function withoutAge(fields: FieldList): FieldList {
  return withoutFields(fields, (name) => name === "age");
}

function writeFields(res: ServerResponse, status: number, fields: FieldList): void {
  res.sendDate = !hasField(fields, "date");
  res.writeHead(status, fields as string[]);
}
