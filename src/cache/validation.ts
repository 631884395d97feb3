import type { FieldList } from "../fields.ts";
import type { CacheEntry } from "./entry.ts";
import type { ResponseHead } from "./message.ts";
import type { Arrival } from "./new-entry.ts";

export function validationFields(_entry: CacheEntry): FieldList {
  throw new Error("later");
}

export function freshen(
  _entry: CacheEntry,
  _notModified: ResponseHead,
  _arrival: Arrival,
): CacheEntry {
  throw new Error("later");
}

export function freshenFromHead(
  _entry: CacheEntry,
  _head: ResponseHead,
  _arrival: Arrival,
): CacheEntry | "mismatch" {
  throw new Error("later");
}
