import type { Route } from "../config/route.ts";
import type { Instant } from "../fields.ts";
import type { CacheEntry } from "./entry.ts";
import type { RequestHead } from "./message.ts";

/** What may be done with a stored response for a request. */
export type Decision =
  | { readonly serve: "fresh"; readonly entry: CacheEntry; readonly ttlMs: number }
  | {
      readonly serve: "stale";
      readonly entry: CacheEntry;
      readonly because: "stale-while-revalidate" | "max-stale";
      /** Negative. */
      readonly ttlMs: number;
      /** Whether a refresh should run behind the scenes. */
      readonly refresh: boolean;
    }
  | {
      readonly serve: "nothing";
      /** RFC 9211 §2.2. */
      readonly forward: "miss" | "stale" | "request" | "partial";
      readonly because: string;
      /** Whether the entry can be validated with its source. */
      readonly validatable: boolean;
      /** The client asked for a stored response or none (`only-if-cached`). */
      readonly gatewayTimeout?: true;
    };

/** How a source failed. */
export type Failure =
  | { readonly kind: "unreachable" }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "slow" };

export function decideReuse(
  _entry: CacheEntry,
  _request: RequestHead,
  _route: Route,
  _now: Instant,
): Decision {
  throw new Error("later");
}

export function mayServeStaleOnError(
  _entry: CacheEntry,
  _request: RequestHead,
  _route: Route,
  _now: Instant,
  _failure: Failure,
): boolean {
  throw new Error("later");
}

/** Why a request goes past the store; undefined when it does not. */
export function bypassReason(_request: RequestHead, _route: Route): string | undefined {
  throw new Error("later");
}

/** Whether the client wants a stored response or a 504 (RFC 9111 §5.2.1.7); for requests that nothing stored answers. */
export function onlyIfCached(_request: RequestHead, _route: Route): boolean {
  throw new Error("later");
}
