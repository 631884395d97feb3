/** The age of a response (RFC 9111 §4.2.3, §5.1). */
import { type FieldList, type Instant, valuesOf } from "../fields.ts";
import { parseDeltaSeconds } from "./cache-control.ts";
import { parseHttpDate } from "./http-date.ts";
import { firstValue } from "./message.ts";

/** Date counts whole seconds, so a response made just now can look this old. */
const DATE_RESOLUTION_MS = 1_000;

/** When the request was sent and when the head of its response arrived. */
export interface ExchangeTimes {
  readonly requestAt: Instant;
  readonly responseAt: Instant;
}

/**
 * When a response had age zero: its arrival minus its corrected initial age (§4.2.3). Never after its arrival, so no age is ever negative.
 */
export function bornAtOf(fields: FieldList, { requestAt, responseAt }: ExchangeTimes): Instant {
  const delayMs = Math.max(0, responseAt - requestAt);
  return responseAt - Math.max(apparentAgeMs(fields, responseAt), ageValueMs(fields) + delayMs);
}

/** How far Date lies behind our clock; an unreadable Date says nothing. */
function apparentAgeMs(fields: FieldList, responseAt: Instant): number {
  const date = dateOf(fields, responseAt);
  const apparent = date === undefined ? 0 : responseAt - date;
  return apparent < DATE_RESOLUTION_MS ? 0 : apparent;
}

/** The first member of the first Age line; anything but digits there is as good as no Age (§5.1). */
function ageValueMs(fields: FieldList): number {
  const first = firstValue(fields, "age")?.split(",")[0] ?? "";
  return (parseDeltaSeconds(first.trim()) ?? 0) * 1000;
}

/** The Date of a response; undefined when it is missing, repeated or malformed (RFC 9110 §6.6.1). */
export function dateOf(fields: FieldList, now: Instant): Instant | undefined {
  const lines = valuesOf(fields, "date");
  return lines.length === 1 ? parseHttpDate(lines[0] as string, now) : undefined;
}
