import type { Instant } from "../fields.ts";

/** An instant as operators and programs read it: ISO 8601, to the millisecond. */
export function isoTime(at: Instant): string {
  return new Date(at).toISOString();
}
