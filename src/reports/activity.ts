/** When things happened: counts over a period, by week, month or year, whichever shows best. */

export type Step = "week" | "month" | "year";

export interface Bucket<State extends string> {
  /** First day, as an instant of UTC. */
  readonly startAt: number;
  readonly counts: Readonly<Record<State, number>>;
  readonly total: number;
}

export interface Activity<State extends string> {
  readonly step: Step;
  /** Without gaps, from the bucket of `sinceAt` or of the first event to the bucket of `untilAt`. */
  readonly buckets: readonly Bucket<State>[];
}

export interface Event<State extends string> {
  readonly at: number;
  readonly state: State;
}

const DAY_MS = 86_400_000;
/** Up to so many days, weeks are shown; up to so many, months. */
const WEEKS_UP_TO = 120;
const MONTHS_UP_TO = 6 * 366;

/** Events outside of the period are left out. `sinceAt` undefined: from the first event on. */
export function activityOf<State extends string>(
  events: readonly Event<State>[],
  states: readonly State[],
  period: { readonly sinceAt: number | undefined; readonly untilAt: number },
): Activity<State> {
  const { untilAt } = period;
  const firstAt = events.reduce((first, { at }) => Math.min(first, at), untilAt);
  const sinceAt = Math.min(period.sinceAt ?? firstAt, untilAt);
  const step = stepOf((untilAt - sinceAt) / DAY_MS);
  const counts = new Map<number, Record<State, number>>();
  const none = () => Object.fromEntries(states.map((state) => [state, 0])) as Record<State, number>;
  for (let start = startOf(sinceAt, step); start <= untilAt; start = nextStart(start, step))
    counts.set(start, none());
  for (const { at, state } of events) {
    const bucket = counts.get(startOf(at, step));
    if (bucket !== undefined && at <= untilAt) bucket[state] += 1;
  }
  const buckets = [...counts].map(([startAt, each]) => ({
    startAt,
    counts: each,
    total: states.reduce((sum, state) => sum + each[state], 0),
  }));
  return { step, buckets };
}

function stepOf(days: number): Step {
  if (days <= WEEKS_UP_TO) return "week";
  return days <= MONTHS_UP_TO ? "month" : "year";
}

/** Start of the week (Monday), month or year that an instant is in. */
function startOf(at: number, step: Step): number {
  const date = new Date(at);
  if (step === "year") return Date.UTC(date.getUTCFullYear(), 0);
  if (step === "month") return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  const day = Math.floor(at / DAY_MS);
  // Day 0 was a Thursday.
  return (day - ((day + 3) % 7)) * DAY_MS;
}

function nextStart(at: number, step: Step): number {
  const date = new Date(at);
  if (step === "year") return Date.UTC(date.getUTCFullYear() + 1, 0);
  if (step === "month") return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  return at + 7 * DAY_MS;
}
