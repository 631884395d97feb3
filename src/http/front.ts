/**
 * The data plane's request listener. A fresh response that is asked for plainly is answered here: from memory without a promise, from Redis
 * with one read; without Express, without a copy of the body. Everything else goes to the Express application.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { formatCacheStatus } from "../cache/cache-status.ts";
import type { CacheEntry } from "../cache/entry.ts";
import { primaryKey, variantKey } from "../cache/key.ts";
import type { RecordRead, RecordStore } from "../cache/lookup.ts";
import type { RequestHead } from "../cache/message.ts";
import { afterPurges, type PurgeMarkers } from "../cache/purge/purge.ts";
import type { CacheRecord } from "../cache/record.ts";
import { leavesForRefresh } from "../cache/refresh-ahead.ts";
import { decideReuse } from "../cache/reuse.ts";
import { type RequestLog, startNote } from "./note.ts";
import { listedValue } from "./request.ts";
import { sendWhole } from "./respond.ts";
import type { ServedRoute } from "./routes.ts";

export interface FrontOptions {
  readonly routeOf: (target: string) => ServedRoute | undefined;
  readonly store: RecordStore;
  readonly purges: PurgeMarkers;
  readonly now: () => number;
  /** Logs a hit; absent when hits are not logged. */
  readonly log: RequestLog | undefined;
  /** Answers what is not a plain hit. `read` is what the store had under the primary key, when it was asked. */
  readonly fallback: (req: IncomingMessage, res: ServerResponse, read?: RecordRead) => void;
}

/** A request that nothing but its target and its keyed fields tells apart from any other. */
interface Plain {
  readonly served: ServedRoute;
  readonly primary: string;
  /** Of the keyed fields, in their order; empty when the request has none. */
  readonly values: readonly (string | null)[];
}

/** A request whose record memory holds. */
interface Held {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly plain: Plain;
  readonly record: CacheRecord;
}

export function createFront(options: FrontOptions): RequestListener {
  const { store, fallback } = options;
  const answerLater = createTurn(options);
  return (req, res) => {
    const plain = readPlain(options, req);
    if (plain === undefined) return fallback(req, res);
    const record = store.peek(plain.primary);
    if (record !== undefined) return answerLater({ req, res, plain, record });
    void store.read(plain.primary).then((read) => {
      const answered = read.state === "found" && answerFrom(options, req, res, plain, read.value);
      if (!answered) fallback(req, res, read);
    });
  };
}

/**
 * Answers what came in one turn of the event loop together, at its end: clients that take one answer after the other need not be woken for
 * each, which saves a fifth of the time of a hit.
 */
function createTurn(options: FrontOptions): (held: Held) => void {
  let turn: Held[] = [];
  const end = () => {
    const all = turn;
    turn = [];
    for (const { req, res, plain, record } of all) {
      if (!answerFrom(options, req, res, plain, record)) options.fallback(req, res);
    }
  };
  return (held) => {
    if (turn.length === 0) setImmediate(end);
    turn.push(held);
  };
}

function readPlain({ routeOf }: FrontOptions, req: IncomingMessage): Plain | undefined {
  const served = routeOf(req.url as string);
  if (served === undefined || !served.plain) return undefined;
  if (req.method !== "GET" && req.method !== "HEAD") return undefined;
  const values = plainValues(req.rawHeaders, served);
  if (values === undefined) return undefined;
  return { served, values, primary: primaryKey(served.scope, req.url as string) };
}

/** Answers if the record has a fresh response; false when nothing was done. */
function answerFrom(
  options: FrontOptions,
  req: IncomingMessage,
  res: ServerResponse,
  plain: Plain,
  record: CacheRecord,
): boolean {
  const held = entryOf(options.store, plain, record);
  if (held === undefined) return false;
  const { served } = plain;
  const at = options.now();
  const entry = afterPurges(options.purges, held, at);
  if (entry === undefined) return false;
  const decision = decideReuse(entry, PLAIN, served.route, at);
  if (decision.serve !== "fresh" || leavesForRefresh(entry, served.route, at)) return false;
  const status = formatCacheStatus({ hit: true, ttlMs: decision.ttlMs });
  const note = options.log === undefined ? undefined : startNote(req);
  const bytes = sendWhole(res, entry, served, req.method === "HEAD", status, at);
  if (note === undefined) return true;
  note.route = served.route.id;
  note.outcome = "hit";
  note.ageMs = at - entry.bornAt;
  note.bytes = bytes;
  options.log?.(req, res, note);
  return true;
}

/** A request without any field that bears on reuse; what `readPlain` lets through is like it. */
const PLAIN: RequestHead = { method: "GET", target: "", fields: [] };

/** The response for a plain request: the one that stands alone, or the variant if memory holds it. */
function entryOf(
  store: RecordStore,
  { served, primary, values }: Plain,
  record: CacheRecord,
): CacheEntry | undefined {
  if (record.kind === "entry")
    return values.length === 0 || values.every(isAbsent) ? record.entry : undefined;
  if (served.keyed === undefined) return undefined;
  const key = variantKey(primary, served.keyed, values);
  if (!record.heads.some((head) => head.key === key)) return undefined;
  const variant = store.peek(key);
  return variant?.kind === "entry" ? variant.entry : undefined;
}

function isAbsent(value: string | null): boolean {
  return value === null;
}

const NONE: readonly (string | null)[] = [];

/**
 * The keyed values of a request, or undefined when a field is there that may change the answer: conditions, ranges, cache control,
 * credentials, a body. One pass over the raw list, by length first.
 */
function plainValues(
  rawHeaders: readonly string[],
  served: ServedRoute,
): readonly (string | null)[] | undefined {
  const { keyed, special } = served;
  let values: (string | null)[] | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    if (special.has(name)) return undefined;
    if (keyed === undefined) continue;
    const at = keyed.indexOf(name);
    if (at === -1) continue;
    values ??= keyed.map(() => null);
    if (values[at] !== null) return undefined;
    values[at] = listedValue(name, [rawHeaders[i + 1] as string]) ?? null;
  }
  return values ?? NONE;
}
