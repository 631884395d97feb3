/** The period of a report as a request names it: one that ends today, or two days. Pure. */

export interface ChosenPeriod {
  readonly name: PeriodName | "custom";
  /** First day, `YYYY-MM-DD`, or all there is. */
  readonly since: string;
  readonly until: string;
  /** The query that names it, empty for the standard one. */
  readonly query: string;
  /** For sentences: `the last year`. */
  readonly text: string;
}

/** Periods that end today, by the words of the query, with their length in days. */
export const PERIODS = {
  "1_year": { label: "1 year", text: "the last year", days: 365 },
  "2_years": { label: "2 years", text: "the last two years", days: 730 },
  "5_years": { label: "5 years", text: "the last five years", days: 1_825 },
  all_time: { label: "All time", text: "all time", days: undefined },
} as const;

export type PeriodName = keyof typeof PERIODS;

/** GitHub began in 2008. */
export const FIRST_DAY = "2008-01-01";

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d\d-\d\d$/;

/** What is wrong is a sentence. An unknown name is the standard period, as links of old have it. */
export function choosePeriod(
  query: { readonly period?: unknown; readonly since?: unknown; readonly until?: unknown },
  now: number,
): ChosenPeriod | { readonly fault: string } {
  const { period, since, until } = query;
  const today = dayOf(now);
  if (since !== undefined || until !== undefined)
    return custom(since ?? FIRST_DAY, until ?? today, today);
  return named(
    typeof period === "string" && Object.hasOwn(PERIODS, period)
      ? (period as PeriodName)
      : "1_year",
    now,
  );
}

/** One that ends today. */
export function named(name: PeriodName, now: number): ChosenPeriod {
  const { days, text } = PERIODS[name];
  return {
    name,
    since: days === undefined ? "all" : dayOf(now - days * DAY_MS),
    until: dayOf(now),
    query: name === "1_year" ? "" : `?period=${name}`,
    text,
  };
}

function custom(since: unknown, until: unknown, today: string): ChosenPeriod | { fault: string } {
  if (!isDay(since) || !isDay(until)) return { fault: "A day is written like 2025-01-31." };
  if (since > until) return { fault: "The first day comes after the last one." };
  if (until > today) return { fault: "The last day is still to come." };
  if (since < FIRST_DAY)
    return { fault: `GitHub began in 2008; the first day is ${FIRST_DAY} at the earliest.` };
  const query = `?since=${since}&until=${until}`;
  return { name: "custom", since, until, query, text: `${since} to ${until}` };
}

function isDay(text: unknown): text is string {
  if (typeof text !== "string" || !DAY.test(text)) return false;
  const at = Date.parse(text);
  return !Number.isNaN(at) && dayOf(at) === text;
}

/** The day of an instant in UTC. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
