import type { FieldList } from "../fields.ts";
import type { CacheEntry } from "./entry.ts";
import type { RequestHead, ResponseHead } from "./message.ts";

/** How a stored response answers a request that may have a Range. `start` and `end` cut the stored body (end exclusive). */
export type RangeAnswer =
  | { readonly kind: "whole" }
  | {
      readonly kind: "part";
      readonly fields: FieldList;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: "unsatisfiable"; readonly fields: FieldList }
  | { readonly kind: "not-held" };

export function answerRange(_entry: CacheEntry, _request: RequestHead): RangeAnswer {
  throw new Error("later");
}

/** The fields that ask for what a stored prefix lacks; undefined when the entry is no prefix. */
export function missingRange(_entry: CacheEntry): FieldList | undefined {
  throw new Error("later");
}

/** A stored prefix and the 206 with the rest as one complete 200; undefined when they do not belong together. */
export function joinParts(
  _entry: CacheEntry,
  _rest: ResponseHead,
  _body: Buffer,
): { readonly response: ResponseHead; readonly body: Buffer } | undefined {
  throw new Error("later");
}
