import type { FieldList, Instant } from "../fields.ts";

/** A final response as received, without hop-by-hop fields. */
export interface StoredResponse {
  readonly status: number;
  readonly statusText: string;
  readonly fields: FieldList;
  readonly body: Buffer;
}

/**
 * A stored response and the instants that decide its life (RFC 9111 §3, §4.2). States are derived from instants and a `now`,
 * never stored. Immutable: a 304 makes a new one.
 */
export interface CacheEntry {
  /** The route that stored it. */
  readonly route: string;
  /** What was sent to the source: path and query. */
  readonly target: string;
  /** Request fields that the response was chosen by (keyed, Vary-nominated or forwarded), never credentials. Used to match and to refresh. */
  readonly requestFields: FieldList;
  readonly response: StoredResponse;
  /** When the response had age zero: `responseAt` minus the corrected initial age (RFC 9111 §4.2.3). Age is `now - bornAt`. */
  readonly bornAt: Instant;
  readonly storedAt: Instant;
  /** End of the freshness lifetime; equal to `bornAt` when every reuse needs validation. */
  readonly staleAt: Instant;
  /** Longest that a stale answer may be given while a refresh runs; `staleAt` when not at all (RFC 5861 §3). */
  readonly revalidateUntil: Instant;
  /** Longest that a stale answer may be given when the source fails (RFC 5861 §4). */
  readonly errorUntil: Instant;
  /** Not kept after this. */
  readonly deleteAt: Instant;
  /** Order of writes: the store's clock in microseconds when the fetch began. An older fence never replaces a newer one. */
  readonly fence: number;
  /** Names by which operators purge it (`Surrogate-Key`, `Cache-Tag`, `Cache-Groups`). */
  readonly tags: readonly string[];
  /**
   * For a 206: the first octet held and the complete length if known (RFC 9111 §3.3). Absent for complete responses.
   */
  readonly part?: { readonly first: number; readonly completeLength?: number };
}
