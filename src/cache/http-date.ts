/** HTTP-date (RFC 9110 §5.6.7): the three shapes, exactly, with names in any letter case. */
import type { Instant } from "../fields.ts";

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAY = "(?:mon|tue|wed|thu|fri|sat|sun)";
const LONG_DAY = "(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)";
const MONTH = `(?<month>${MONTHS.join("|")})`;
const TIME = "(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})";

const IMF_FIXDATE = new RegExp(
  `^${DAY}, (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} gmt$`,
  "i",
);
const RFC_850 = new RegExp(
  `^${LONG_DAY}, (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} gmt$`,
  "i",
);
const ASCTIME = new RegExp(`^${DAY} ${MONTH} (?<day>\\d{2}| \\d) ${TIME} (?<year>\\d{4})$`, "i");

/** The last instant that a four-digit year can name: 9999-12-31T23:59:59Z. */
const LAST = 253_402_300_799_000;
/** The first one, the beginning of the year 0. */
const FIRST = -62_167_219_200_000;

interface Parts {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
}

/**
 * The instant of an HTTP-date, or undefined when the text is none. The name of the day is not compared with the date. `now` decides
 * the century of a two-digit year: never more than 50 years ahead.
 */
export function parseHttpDate(text: string, now: Instant): Instant | undefined {
  const match = IMF_FIXDATE.exec(text) ?? ASCTIME.exec(text);
  if (match !== null) {
    const parts = match.groups as unknown as Parts;
    return instantOf(Number(parts.year), parts);
  }
  const obsolete = RFC_850.exec(text);
  if (obsolete === null) return undefined;
  return recentInstant(obsolete.groups as unknown as Parts, now);
}

/** The latest instant with these last two digits of the year that is at most 50 years ahead. */
function recentInstant(parts: Parts, now: Instant): Instant | undefined {
  const limit = new Date(now);
  limit.setUTCFullYear(limit.getUTCFullYear() + 50);
  const century = limit.getUTCFullYear() - (limit.getUTCFullYear() % 100);
  const candidate = instantOf(century + Number(parts.year), parts);
  const tooFar = candidate === undefined || candidate > limit.getTime();
  return tooFar ? instantOf(century - 100 + Number(parts.year), parts) : candidate;
}

function instantOf(year: number, parts: Parts): Instant | undefined {
  const month = MONTHS.indexOf(parts.month.toLowerCase());
  const [day, hour, minute, second] = [parts.day, parts.hour, parts.minute, parts.second].map(
    Number,
  ) as [number, number, number, number];
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  if (date.getUTCDate() !== day) return undefined;
  return date.setUTCHours(hour, minute, second);
}

/** An instant as IMF-fixdate, to the second below. */
export function formatHttpDate(at: Instant): string {
  return new Date(Math.min(Math.max(at, FIRST), LAST)).toUTCString();
}
