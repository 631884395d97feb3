/**
 * The data plane's request listener. A fresh response in memory is answered here: no promise, no Express, no hash, no copy of the body.
 * Everything else goes to the Express application.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { formatCacheStatus } from "../cache/cache-status.ts";
import type { CacheEntry } from "../cache/entry.ts";
import { primaryKey, variantKey } from "../cache/key.ts";
import type { RecordStore } from "../cache/lookup.ts";
import type { RequestHead } from "../cache/message.ts";
import { afterPurges, type PurgeMarkers } from "../cache/purge.ts";
import { decideReuse } from "../cache/reuse.ts";
import { logNote, startNote } from "./note.ts";
import { listedValue } from "./request.ts";
import { sendWhole } from "./respond.ts";
import type { ServedRoute } from "./routes.ts";

export interface FrontOptions {
  readonly routeOf: (target: string) => ServedRoute | undefined;
  readonly store: RecordStore;
  readonly purges: PurgeMarkers;
  readonly now: () => number;
  readonly logger: Logger;
  /** Whether hits are logged. */
  readonly logHits: boolean;
  /** Answers what is not a plain hit. */
  readonly fallback: (req: IncomingMessage, res: ServerResponse) => void;
}

export function createFront(options: FrontOptions): RequestListener {
  const { routeOf, fallback } = options;
  return (req, res) => {
    const served = routeOf(req.url as string);
    if (served === undefined || !answerHit(options, req, res, served)) fallback(req, res);
  };
}

/** Answers if a fresh response is in memory; false when nothing was done. */
function answerHit(
  options: FrontOptions,
  req: IncomingMessage,
  res: ServerResponse,
  served: ServedRoute,
): boolean {
  const held = peekPlainHit(req, served, options.store);
  if (held === undefined) return false;
  const at = options.now();
  const entry = afterPurges(options.purges, held, at);
  if (entry === undefined) return false;
  const decision = decideReuse(entry, PLAIN, served.route, at);
  if (decision.serve !== "fresh") return false;
  const note = options.logHits ? startNote(req) : undefined;
  const status = formatCacheStatus({ hit: true, ttlMs: decision.ttlMs });
  const bytes = sendWhole(res, entry, served, req.method === "HEAD", status, at);
  if (note === undefined) return true;
  Object.assign(note, { route: served.route.id, outcome: "hit", ageMs: at - entry.bornAt, bytes });
  logNote(options.logger, req, res, note);
  return true;
}

/** A request without any field that bears on reuse; what `peekPlainHit` lets through is like it. */
const PLAIN: RequestHead = { method: "GET", target: "", fields: [] };

/** The entry in memory for a request that asks nothing special, or undefined for the long way. */
function peekPlainHit(
  req: IncomingMessage,
  served: ServedRoute,
  store: RecordStore,
): CacheEntry | undefined {
  if ((req.method !== "GET" && req.method !== "HEAD") || served.route.key.query.mode !== "all")
    return undefined;
  const values = plainValues(req.rawHeaders, served);
  if (values === undefined) return undefined;
  const primary = primaryKey(served.scope, req.url as string);
  const record = store.peek(primary);
  if (record === undefined) return undefined;
  if (record.kind === "entry")
    return values.some((value) => value !== null) ? undefined : record.entry;
  if (served.keyed === undefined) return undefined;
  const key = variantKey(primary, served.keyed, values);
  if (!record.heads.some((head) => head.key === key)) return undefined;
  const variant = store.peek(key);
  return variant?.kind === "entry" ? variant.entry : undefined;
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
