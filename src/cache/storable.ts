import type { Route } from "../config/route.ts";
import type { RequestHead, ResponseHead } from "./message.ts";

/** Why a response may not be stored. */
export type StoreRefusal =
  | "method"
  | "status"
  | "no-store"
  | "request-no-store"
  | "private"
  | "authorization"
  | "vary"
  | "not-understood"
  | "no-freshness"
  | "partial"
  | "set-cookie";

/** Whether a response may be stored (RFC 9111 §3); undefined when it may. */
export function refusalToStore(
  _request: RequestHead,
  _response: ResponseHead,
  _route: Route,
): StoreRefusal | undefined {
  throw new Error("later");
}
