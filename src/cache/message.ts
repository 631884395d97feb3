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
