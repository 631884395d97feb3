import type { Route } from "../config/route.ts";
import type { Instant } from "../fields.ts";
import type { CacheEntry } from "./entry.ts";
import type { RequestHead, ResponseHead } from "./message.ts";

/** What is known of one exchange with a source. */
export interface Arrival {
  readonly route: Route;
  /** When the request was sent and when the head of the response arrived. */
  readonly requestAt: Instant;
  readonly responseAt: Instant;
  /** Order of this fetch among all fetches of the key. */
  readonly fence: number;
  /** 0 to 1, for the jitter of fixed lifetimes. */
  readonly random: number;
}

/** A response that may be stored becomes an entry. */
export function newEntry(
  _arrived: Arrival & {
    readonly request: RequestHead;
    readonly response: ResponseHead;
    readonly body: Buffer;
  },
): CacheEntry {
  throw new Error("later");
}
