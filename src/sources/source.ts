import type { Readable } from "node:stream";
import type { FieldList, Instant } from "../fields.ts";
import type { Priority } from "./budget-types.ts";

/** A request as it is sent to a source: nothing is added, encoded or resolved on the way. */
export interface SourceRequest {
  readonly method: string;
  /** Origin-form target: path and query, byte for byte. */
  readonly target: string;
  /** End-to-end fields only, without Host and framing: the source adds those. */
  readonly fields: FieldList;
  /** Body to send, with `content-length` in `fields` when its length is known. */
  readonly body?: Readable;
}

/** A final response. `body` must be read or destroyed; it errors with `SourceError` when the transfer breaks. */
export interface SourceResponse {
  readonly status: number;
  readonly statusText: string;
  /** As received, hop-by-hop fields included (RFC 9110 §7.6.1 removal is the cache's work). */
  readonly fields: FieldList;
  readonly body: Readable;
  /** When the request was sent and when the head of the response arrived (RFC 9111 §4.2.3). */
  readonly requestAt: Instant;
  readonly responseAt: Instant;
}

/** An interim response (1xx), passed on live and never stored (RFC 9110 §15.2). */
export interface InterimResponse {
  readonly status: number;
  readonly fields: FieldList;
}

export interface FetchOptions {
  /** Gives the fetch up: rejects, or errors the body, with fault `aborted`. */
  readonly signal: AbortSignal;
  readonly onInterim?: (interim: InterimResponse) => void;
  /** Who asks, where the source has a budget; a user when absent. */
  readonly priority?: Priority;
}

/** Whatever answers for a route. */
export interface Source {
  /** Name for logs, metrics and messages: host and port, never credentials. */
  readonly name: string;
  /** Rejects with `SourceError` when there is no response; any HTTP status is a response. */
  fetch(request: SourceRequest, options: FetchOptions): Promise<SourceResponse>;
  close(): Promise<void>;
}

/** Limits per phase of one fetch, in milliseconds. */
export interface SourceTimeouts {
  readonly connectMs: number;
  /** From the request being sent to the first byte of the response. */
  readonly firstByteMs: number;
  /** Longest pause between two pieces of the body. */
  readonly idleMs: number;
  readonly totalMs: number;
}
