import type { FieldList } from "../fields.ts";

/** What of a request decides how a cache handles it. `target` is path and query, byte for byte. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly fields: FieldList;
}

/** What of a final response decides how a cache handles it. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly fields: FieldList;
}

/** Fields that say how a message is framed, how long it may be reused and for whom. */
const ESSENTIAL = new Set([
  "age",
  "cache-control",
  "cdn-cache-control",
  "content-encoding",
  "content-length",
  "content-range",
  "date",
  "expires",
  "host",
  "vary",
]);

/** Whether a field is meant for every recipient, so that no other field of the message can take it away. `name` is lower case. */
export function isEssential(name: string): boolean {
  return ESSENTIAL.has(name);
}

/** The first line of a field, without allocating. `name` is lower case. */
export function firstValue(fields: FieldList, name: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) {
    const candidate = fields[i] as string;
    if (candidate.length === name.length && candidate.toLowerCase() === name) {
      return fields[i + 1] as string;
    }
  }
  return undefined;
}
