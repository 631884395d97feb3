import type { RouteGuards } from "../config/route.ts";
import type { CacheEntry } from "./entry.ts";
import type { ResponseHead } from "./message.ts";

/** Why a response may not replace a good one, as a sentence; undefined when it may. */
export function guardRefusal(
  _guards: RouteGuards,
  _response: ResponseHead,
  _body: Buffer,
  _previous?: CacheEntry,
): string | undefined {
  throw new Error("later");
}
