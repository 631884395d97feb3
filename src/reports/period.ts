/** The period of a report: which instants it spans, and the name under which it is stored. Pure. */
import type { Instant } from "../fields.ts";
import { dayOf, FIRST_DAY, PERIODS } from "./chosen-period.ts";

export interface Days {
  /** First day, `YYYY-MM-DD`, or all there is. */
  readonly since: string;
  /** Last day. */
  readonly until: string;
}

export interface Span {
  /** First day to ask about. */
  readonly since: string;
  readonly until: string;
  readonly sinceAt: Instant;
  /** The last instant of the last day, but not after `now`. */
  readonly untilAt: Instant;
  readonly isAllTime: boolean;
}

const DAY_MS = 86_400_000;
/** A job that waited past midnight is still about the period that it was asked for. */
const LATE_DAYS = 1;

/** Everything that two days span, in UTC. */
export function spanOf({ since, until }: Days, now: Instant): Span {
  const first = since === "all" ? FIRST_DAY : since;
  return {
    since: first,
    until,
    sinceAt: Date.parse(first),
    untilAt: Math.min(Date.parse(until) + DAY_MS - 1, now),
    isAllTime: since === "all",
  };
}

/** `1_year` for 365 days that end today, and so on; other days are their own name: `2025-01-01..2025-03-31`. */
export function periodName({ since, until }: Days, now: Instant): string {
  const own = `${since}..${until}`;
  if (Date.parse(until) < Date.parse(dayOf(now)) - LATE_DAYS * DAY_MS) return own;
  if (since === "all") return "all_time";
  const days = (Date.parse(until) - Date.parse(since)) / DAY_MS;
  return Object.entries(PERIODS).find(([, period]) => period.days === days)?.[0] ?? own;
}
