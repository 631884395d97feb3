import type { FieldList } from "../fields.ts";
import type { CacheEntry } from "./entry.ts";
import type { RequestHead } from "./message.ts";

export function preconditionOutcome(
  _entry: CacheEntry,
  _request: RequestHead,
): "not-modified" | "none" {
  throw new Error("later");
}

/** The fields of a 304 made from a stored response. */
export function notModifiedFields(_fields: FieldList): FieldList {
  throw new Error("later");
}

/** Whether the request has a condition that only the origin may judge: If-Match, If-Unmodified-Since. */
export function mustForward(_request: RequestHead): boolean {
  throw new Error("later");
}
