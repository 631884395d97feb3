/** The names by which stored responses are purged together: Surrogate-Key, Cache-Tag, and Cache-Groups (RFC 9875 §2). */
import { type FieldList, valuesOf } from "../fields.ts";
import { stringsOf } from "./structured-field.ts";

/** Longer ones, and more of them, are ignored: each costs an operator's store a key. */
const MAX_TAG_LENGTH = 256;
const MAX_TAGS = 256;

/** The tags of a response, once each. */
export function tagsOf(fields: FieldList): string[] {
  const tags = new Set([
    ...split(fields, "surrogate-key", /[ \t]+/),
    ...split(fields, "cache-tag", /[ \t]*,[ \t]*/),
    ...stringsOf(fields, "cache-groups"),
  ]);
  return [...tags].filter((tag) => tag !== "" && tag.length <= MAX_TAG_LENGTH).slice(0, MAX_TAGS);
}

function split(fields: FieldList, name: string, separator: RegExp): string[] {
  return valuesOf(fields, name).flatMap((line) => line.trim().split(separator));
}
