/** Retry-After (RFC 9110 §10.2.3): when a source wants to be asked again. */
import type { Instant } from "../fields.ts";

/**
 * The instant that a `Retry-After` value names, never before `now` and never later than `now + capMs`; undefined when the value is neither
 * a number of seconds nor an IMF-fixdate.
 */
export function parseRetryAfter(value: string, now: Instant, capMs: number): Instant | undefined {
  const at = /^\d+$/.test(value) ? now + Number(value) * 1_000 : parseFixdate(value);
  if (at === undefined) return undefined;
  return Math.min(Math.max(at, now), now + capMs);
}

/** Only the shape that `toUTCString` writes; `Date.parse` alone reads nearly anything. */
function parseFixdate(value: string): Instant | undefined {
  const date = new Date(value);
  return Number.isNaN(date.getTime()) || date.toUTCString() !== value ? undefined : date.getTime();
}
