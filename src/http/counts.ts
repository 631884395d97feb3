/** Requests counted by what they came to: plain numbers, read when somebody asks for metrics. */
import type { RequestLog } from "./note.ts";

/** Upper bounds of the classes of duration, in milliseconds. */
export const DURATION_BOUNDS = [1, 5, 25, 100, 250, 1_000, 2_500, 10_000, 30_000] as const;

/** Requests of one route that came to the same. */
export interface Count {
  requests: number;
  /** In all, in milliseconds. */
  durationMs: number;
  bytes: number;
  /** Requests by class of duration; the last class has no bound. */
  readonly durations: number[];
}

export interface RequestCounts {
  /** Counts each request, and then logs it when there is a log. */
  counting(log: RequestLog | undefined): RequestLog;
  /** By route, empty for none, and outcome. */
  read(): Iterable<{ readonly route: string; readonly outcome: string; readonly count: Count }>;
}

/** More outcomes than this of one route are counted together: outcomes are ours, but a slip must not fill the memory. */
const MOST_OUTCOMES = 100;

export function createRequestCounts(): RequestCounts {
  const routes = new Map<string, Map<string, Count>>();
  const countOf = (route: string, outcome: string): Count => {
    let outcomes = routes.get(route);
    if (outcomes === undefined) {
      outcomes = new Map();
      routes.set(route, outcomes);
    }
    const known = outcomes.get(outcome);
    if (known !== undefined) return known;
    if (outcomes.size >= MOST_OUTCOMES && outcome !== "other") return countOf(route, "other");
    const count = { requests: 0, durationMs: 0, bytes: 0, durations: DURATION_BOUNDS.map(() => 0) };
    count.durations.push(0);
    outcomes.set(outcome, count);
    return count;
  };
  return {
    counting: (log) => (req, res, note) => {
      const durationMs = performance.now() - note.startedAt;
      const count = countOf(note.route ?? "", note.outcome);
      count.requests += 1;
      count.durationMs += durationMs;
      count.bytes += note.bytes ?? 0;
      const place = classOf(durationMs);
      count.durations[place] = (count.durations[place] as number) + 1;
      log?.(req, res, note);
    },
    *read() {
      for (const [route, outcomes] of routes)
        for (const [outcome, count] of outcomes) yield { route, outcome, count };
    },
  };
}

function classOf(durationMs: number): number {
  let place = 0;
  while (place < DURATION_BOUNDS.length && durationMs > (DURATION_BOUNDS[place] as number))
    place += 1;
  return place;
}
