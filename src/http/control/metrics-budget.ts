/** Metrics of what may be asked of sources: which are left alone. */
import type { BudgetState } from "../../sources/budget.ts";
import type { Family } from "./metric-families.ts";
import type { Sampled } from "./metrics-sample.ts";

export function budgetFamilies(sampled: () => Promise<Sampled>): Family[] {
  return GAUGES.map(([name, help, read]) => ({
    name: `warmfront_source_${name}`,
    type: "gauge",
    help,
    read: async () =>
      (await sampled()).budgets.map((state) => ({
        labels: { source: state.source },
        value: read(state),
      })),
  }));
}

const GAUGES: readonly (readonly [
  name: string,
  help: string,
  read: (state: BudgetState) => number,
])[] = [
  [
    "breaker_open",
    "1 while a source is not asked because it failed too often, but for single requests that find out whether it is back.",
    ({ breaker }) => Number(breaker.state !== "closed"),
  ],
  [
    "resting",
    "1 while a source has asked to be left alone, at least in part.",
    ({ pools }) => Number(pools.some(({ restUntil }) => restUntil !== undefined)),
  ],
];
