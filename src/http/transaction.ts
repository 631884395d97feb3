/** A request being answered, and what answering takes. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CacheEntry } from "../cache/entry.ts";
import type { FetchTools } from "../cache/fetch.ts";
import type { Found, Wanted } from "../cache/lookup.ts";
import type { RequestHead } from "../cache/message.ts";
import type { Logger } from "../logger.ts";
import type { Flight, Flights } from "../store/flight.ts";
import type { Announce } from "./announce.ts";
import type { BackOff } from "./back-off.ts";
import type { Note } from "./note.ts";
import type { Asked } from "./request.ts";

/** A new entry, and the request that brought it. */
export interface Landing {
  readonly entry: CacheEntry;
  readonly request: RequestHead;
}

export interface ExchangeTools extends FetchTools {
  readonly flights: Flights;
  /** Entries that are complete and on their way into the store, by flight key: a request that comes now need not wait for the write. */
  readonly landing: Map<string, Landing>;
  readonly backOff: BackOff;
  readonly announce: Announce;
  readonly logger: Logger;
  /** Asks for a refresh behind the scenes; returns at once and never throws. */
  readonly enqueueRefresh: (asked: Asked, entry: CacheEntry, key: string) => void;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
}

export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly asked: Asked;
  /** What the log line will say. */
  readonly note: Note;
}

/** What is known when the store could not answer. */
export interface Miss {
  readonly found: Found;
  /** RFC 9211 §2.2. */
  readonly forward: "uri-miss" | "vary-miss" | "miss" | "stale" | "request" | "partial";
  readonly because?: string;
}

/** A miss and the key under which it is fetched. */
export interface FlownMiss extends Miss {
  readonly flight: string;
}

/** The request that fetches for a key, or one that fetches for itself alone. */
export type Lead = Exclude<Flight, { role: "follow" }>;

/** Tells those who wait for a fetch how it ended. Only the first call counts. */
export type EndFlight = (outcome: "stored" | "unshareable" | "failed") => Promise<void>;

export function wantedOf(asked: Asked): Wanted {
  return { primary: asked.primary, request: asked.forwarded, keyed: asked.served.keyed };
}
