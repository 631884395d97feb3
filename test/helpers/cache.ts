import type { CacheEntry } from "../../src/cache/entry.ts";
import { formatHttpDate } from "../../src/cache/http-date.ts";
import type { Arrival } from "../../src/cache/instants.ts";
import type { RequestHead, ResponseHead } from "../../src/cache/message.ts";
import { newEntry } from "../../src/cache/new-entry.ts";
import type { FixedFreshness, Route } from "../../src/config/route.ts";
import type { FieldList, Instant } from "../../src/fields.ts";

/** The present of every table: a whole second. */
export const NOW: Instant = Date.UTC(2026, 0, 15, 12, 0, 0);
const SECOND = 1_000;
export const DAY = 86_400_000;

/** The present and so many seconds, as an HTTP-date. */
export function inSeconds(seconds: number): string {
  return formatHttpDate(NOW + seconds * SECOND);
}

export function aRequest(fields: FieldList = [], head: Partial<RequestHead> = {}): RequestHead {
  return { method: "GET", target: "/thing", fields, ...head };
}

export function aResponse(fields: FieldList = [], status = 200): ResponseHead {
  return { status, statusText: "", fields };
}

/** A route with preset `transparent` that obeys its source and its clients. */
export function aRoute(options: Partial<Route> = {}): Route {
  return {
    id: "things",
    path: "/*",
    source: {
      origin: "http://source.example:9000",
      basePath: "",
      stripPrefix: "",
      timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
    },
    preset: "transparent",
    freshness: { mode: "origin" },
    maxBody: 1_000_000,
    bypass: { query: [], methods: [], fields: [] },
    forward: [],
    key: { query: { mode: "all" }, fields: [] },
    encodedSlashes: "pass",
    perPrincipal: false,
    refreshAhead: 0,
    guards: { json: false, jsonPaths: [] },
    versions: 0,
    targetedCacheControl: true,
    clientCacheControl: "honour",
    compat: { xRedisCache: false },
    ...options,
  };
}

export function fixedFreshness(options: Partial<FixedFreshness> = {}): FixedFreshness {
  return {
    mode: "fixed",
    freshForMs: 60 * SECOND,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 0,
    perStatus: new Map(),
    jitter: 0,
    ...options,
  };
}

export function anArrival(options: Partial<Arrival> = {}): Arrival {
  return { route: aRoute(), requestAt: NOW, responseAt: NOW, fence: 1, random: 0, ...options };
}

interface EntryOptions extends Partial<Arrival> {
  readonly status?: number;
  readonly body?: string;
  readonly request?: RequestHead;
}

/** The entry of a response with these fields that arrived at the present. */
export function anEntry(fields: FieldList, options: EntryOptions = {}): CacheEntry {
  const { status = 200, body = "0123456789", request = aRequest(), ...arrival } = options;
  const response = aResponse(fields, status);
  return newEntry({ ...anArrival(arrival), request, response, body: Buffer.from(body) });
}
