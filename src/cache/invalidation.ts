import type { RequestHead, ResponseHead } from "./message.ts";

/** Targets (path and query) to drop after a response to an unsafe request; `effectiveUri` is the absolute URI of the request. */
export function invalidatedTargets(
  _request: RequestHead,
  _response: ResponseHead,
  _effectiveUri: string,
): string[] {
  throw new Error("later");
}

/** Cache groups to drop (RFC 9875 §3). */
export function invalidatedGroups(_request: RequestHead, _response: ResponseHead): string[] {
  throw new Error("later");
}

/** Whether a POST response may be stored as the response to a GET (RFC 9110 §9.3.3). */
export function storablePost(
  _request: RequestHead,
  _response: ResponseHead,
  _effectiveUri: string,
): boolean {
  throw new Error("later");
}
