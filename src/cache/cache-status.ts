/** The member that we append to Cache-Status (RFC 9211). */

export type CacheStatus =
  /** `ttlMs`: what is left of the freshness lifetime, negative when stale. */
  | { readonly hit: true; readonly ttlMs: number; readonly detail?: string }
  | {
      readonly hit?: false;
      /** Why the request went to the source (§2.2). */
      readonly forward: ForwardReason;
      /** Status of the source's response (§2.3). */
      readonly forwardStatus?: number;
      readonly ttlMs?: number;
      readonly stored?: boolean;
      readonly collapsed?: boolean;
      readonly detail?: string;
    };

type ForwardReason =
  | "bypass"
  | "method"
  | "uri-miss"
  | "vary-miss"
  | "miss"
  | "request"
  | "stale"
  | "partial";

const NAME = "warmfront";

const HIT = `${NAME}; hit; ttl=`;

export function formatCacheStatus(status: CacheStatus): string {
  if (status.hit) return HIT + secondsOf(status.ttlMs) + detailOf(status.detail);
  const { forward, forwardStatus, ttlMs, stored, collapsed, detail } = status;
  let member = `${NAME}; fwd=${forward}`;
  if (forwardStatus !== undefined) member += `; fwd-status=${forwardStatus}`;
  if (ttlMs !== undefined) member += `; ttl=${secondsOf(ttlMs)}`;
  if (stored) member += "; stored";
  if (collapsed) member += "; collapsed";
  return member + detailOf(detail);
}

function secondsOf(ttlMs: number): number {
  return Math.floor(ttlMs / 1000);
}

const TOKEN = /^[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*$/;

/** A token where it can be one, else a string without what a structured field cannot hold. */
function detailOf(detail: string | undefined): string {
  if (detail === undefined) return "";
  if (TOKEN.test(detail)) return `; detail=${detail}`;
  const text = detail.replace(/[^\x20-\x7e]/g, "?").replace(/["\\]/g, "\\$&");
  return `; detail="${text}"`;
}
