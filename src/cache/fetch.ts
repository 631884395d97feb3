/**
 * One request to a source on behalf of the cache: conditional when there is something to validate (RFC 9111 §4.3), its answer judged
 * (§3) and stored. A miss in the web process and a refresh job in a worker both come here.
 */
import type { Route } from "../config/route.ts";
import { type FieldList, hasField, type Instant, withoutFields } from "../fields.ts";
import type { Priority } from "../sources/budget.ts";
import type { InterimResponse, Source, SourceResponse } from "../sources/source.ts";
import type { CacheEntry } from "./entry.ts";
import { guardRefusal } from "./guards.ts";
import { endToEndHead } from "./hop-by-hop.ts";
import { type Arrival, overAtOnce } from "./instants.ts";
import type { LookUpTools, Wanted } from "./lookup.ts";
import type { ResponseHead } from "./message.ts";
import { newEntry } from "./new-entry.ts";
import { afterPurges } from "./purge/purge.ts";
import type { CacheRecord } from "./record.ts";
import { type Saved, saveEntry } from "./save.ts";
import { refusalToStore } from "./storable.ts";
import { freshen, validationFields } from "./validation.ts";
import { isWorthKeeping, keepVersion } from "./versions.ts";

/** What every fetch needs besides the request. */
export interface FetchTools extends LookUpTools {
  /** 0 to 1, for the jitter of lifetimes. */
  readonly random: () => number;
}

export interface FetchRequest {
  readonly route: Route;
  readonly source: Source;
  readonly wanted: Wanted;
  readonly sourceTarget: string;
  /** The stored response to validate, if there is one. */
  readonly previous?: CacheEntry;
  /** Fields to ask with in place of a validation: for the rest of a stored part. */
  readonly conditions?: FieldList;
  /** What stands under the primary key. */
  readonly record?: CacheRecord;
  /** Order of this fetch among all fetches of the key. */
  readonly fence: number;
  /** Who asks, for the source's budget. */
  readonly priority: Priority;
  readonly signal: AbortSignal;
  readonly onInterim?: (interim: InterimResponse) => void;
}

/** How storing went: `guarded` says which guard kept the earlier response in place. */
export type SaveOutcome = { readonly saved: Saved } | { readonly guarded: string };

export type Fetched =
  | { readonly kind: "freshened"; readonly entry: CacheEntry; save(): Promise<Saved> }
  | {
      readonly kind: "response";
      /** End-to-end fields only. */
      readonly head: ResponseHead;
      readonly body: SourceResponse["body"];
      readonly requestAt: Instant;
      readonly responseAt: Instant;
      /** Why it may not be stored; undefined when it may. */
      readonly refusal: string | undefined;
      /** Makes the entry of a complete body, whether or not it may be stored. */
      entryOf(body: Buffer): CacheEntry;
      /** Guards and stores an entry made by `entryOf`; calls `accepted` when the guards have let it pass. */
      save(entry: CacheEntry, accepted?: () => void): Promise<SaveOutcome>;
    };

const CONDITIONS = new Set([
  "if-none-match",
  "if-modified-since",
  "if-match",
  "if-unmodified-since",
  "if-range",
  "range",
]);

/** Rejects with `SourceError` when the source gives no response. */
export async function fetchFrom(tools: FetchTools, request: FetchRequest): Promise<Fetched> {
  const { previous, wanted } = request;
  const conditions =
    request.conditions ?? (previous === undefined ? [] : validationFields(previous));
  const response = await request.source.fetch(
    {
      method: wanted.request.method,
      target: request.sourceTarget,
      fields: fieldsToSend(wanted.request.fields, conditions),
    },
    {
      signal: request.signal,
      priority: request.priority,
      ...(request.onInterim === undefined ? {} : { onInterim: request.onInterim }),
    },
  );
  const head = endToEndHead(response);
  if (response.status !== 304 || previous === undefined || conditions.length === 0)
    return judged(tools, request, head, response);
  response.body.on("error", () => undefined).resume();
  const fetched = freshened(tools, request, previous, head, response);
  if (fetched.entry.deleteAt > response.responseAt) return fetched;
  // The 304 names another version than the stored one.
  const { previous: _, ...unconditional } = request;
  return fetchFrom(tools, unconditional);
}

/** A validation replaces the client's conditions: some sources compare whole strings, so nothing is merged. */
function fieldsToSend(fields: FieldList, conditions: FieldList): FieldList {
  if (conditions.length === 0) return fields;
  return [...withoutFields(fields, (name) => CONDITIONS.has(name)), ...conditions];
}

function freshened(
  tools: FetchTools,
  request: FetchRequest,
  previous: CacheEntry,
  head: ResponseHead,
  times: Pick<SourceResponse, "requestAt" | "responseAt">,
): Extract<Fetched, { kind: "freshened" }> {
  const { route, fence, wanted, record } = request;
  const { requestAt, responseAt } = times;
  const arrival = { route, requestAt, responseAt, fence, random: tools.random() };
  const entry = freshenUnlessPurged(tools, previous, head, arrival);
  return {
    kind: "freshened",
    entry: route.preset === "api" ? entry : withCookies(entry, head.fields),
    save: () => saveEntry(tools.store, wanted, entry, record, tools.now()),
  };
}

/** The entry as its asker gets it: with the cookies of the 304, also where none are stored. */
function withCookies(entry: CacheEntry, received: FieldList): CacheEntry {
  const { fields } = entry.response;
  const cookies = withoutFields(received, (name) => name !== "set-cookie");
  if (cookies.length === 0 || hasField(fields, "set-cookie")) return entry;
  return { ...entry, response: { ...entry.response, fields: [...fields, ...cookies] } };
}

/** What was purged while its source was asked about it is good for this answer and not kept. */
function freshenUnlessPurged(
  { purges, now }: FetchTools,
  previous: CacheEntry,
  head: ResponseHead,
  arrival: Arrival,
): CacheEntry {
  const entry = freshen(previous, head, arrival);
  if (afterPurges(purges, previous, now()) !== undefined) return entry;
  return { ...entry, ...overAtOnce(entry.bornAt, arrival.responseAt) };
}

function judged(
  tools: FetchTools,
  request: FetchRequest,
  head: ResponseHead,
  response: SourceResponse,
): Fetched {
  const { route, fence, wanted, record, previous } = request;
  const { requestAt, responseAt } = response;
  return {
    kind: "response",
    head,
    body: response.body,
    requestAt,
    responseAt,
    refusal:
      refusalToStore(wanted.request, head, route, responseAt) ?? refusalToShrink(head, previous),
    entryOf: (body) =>
      newEntry({
        request: wanted.request,
        route,
        response: head,
        body,
        requestAt,
        responseAt,
        fence,
        random: tools.random(),
      }),
    save: async (entry, accepted) => {
      const guarded = guardRefusal(route.guards, head, entry.response.body, previous);
      if (guarded !== undefined) return { guarded };
      accepted?.();
      const saved = await saveEntry(tools.store, wanted, entry, record, tools.now());
      const isReplaced = saved === "written" && previous !== undefined && route.versions > 0;
      if (isReplaced && isWorthKeeping(previous, entry))
        await keepVersion(tools.store, wanted, previous, entry, route.versions);
      return { saved };
    },
  };
}

/** A part that a client asked for takes no complete response away, stale or not. */
function refusalToShrink(
  head: ResponseHead,
  previous: CacheEntry | undefined,
): "partial" | undefined {
  return head.status === 206 && previous !== undefined && previous.part === undefined
    ? "partial"
    : undefined;
}
