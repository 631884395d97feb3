/** What the queue's Redis knows for metrics, read at most every few seconds, and missing while it is away. */
import { type Beat, readBeats } from "../../queues/beats.ts";
import { listSchedules, type ScheduleFacts } from "../../queues/list-schedules.ts";
import type { OpenQueues } from "../../queues/open.ts";
import { type ReapTotal, readReapTotals } from "../../queues/reap-totals.ts";
import { within } from "../../queues/within.ts";
import type { BudgetState, Budgets } from "../../sources/budget.ts";
import type { Sample } from "./metric-families.ts";

export interface Sampled {
  readonly jobs: readonly Sample[];
  readonly beats: readonly Beat[];
  readonly schedules: readonly ScheduleFacts[];
  readonly reap: readonly ReapTotal[];
  readonly budgets: readonly BudgetState[];
}

const NOTHING: Sampled = { jobs: [], beats: [], schedules: [], reap: [], budgets: [] };

/** How old samples may be, and the longest that taking them may take. */
const LIFE_MS = 5_000;
const LIMIT_MS = 2_000;

/** Reads anew when what was read is too old. Never rejects. */
export function createSampling(
  queues: OpenQueues,
  budgets: Pick<Budgets, "states">,
): () => Promise<Sampled> {
  let until = 0;
  let sampling = Promise.resolve(NOTHING);
  return () => {
    if (performance.now() < until) return sampling;
    until = performance.now() + LIFE_MS;
    sampling = within(LIMIT_MS, sample(queues, budgets)).then(
      (taken) => taken ?? NOTHING,
      () => NOTHING,
    );
    return sampling;
  };
}

async function sample(queues: OpenQueues, budgets: Pick<Budgets, "states">): Promise<Sampled> {
  const { connection } = queues;
  const [counts, beats, schedules, reap, states] = await Promise.all([
    Promise.all(
      queues.queues.map(({ queue }) =>
        queue.getJobCounts().then((states) => [queue.name, states] as const),
      ),
    ),
    readBeats(connection),
    listSchedules(queues),
    readReapTotals(connection),
    budgets.states(),
  ]);
  const jobs = counts.flatMap(([queue, states]) =>
    Object.entries(states).map(([state, value]) => ({ labels: { queue, state }, value })),
  );
  return { jobs, beats, schedules, reap, budgets: states };
}
