/** Metrics of the reaper: what all its runs together did. */
import type { ReapTotal } from "../../queues/reap-totals.ts";
import type { Family } from "./metric-families.ts";
import type { Sampled } from "./metrics-sample.ts";

export function reapFamilies(sampled: () => Promise<Sampled>): Family[] {
  return REAP_FAMILIES.map(({ name, type, help, what, label, divisor = 1 }) => ({
    name: `warmfront_${name}`,
    type,
    help,
    read: async () => {
      const { reap } = await sampled();
      return reap
        .filter((total) => total.what === what)
        .map(({ mode, kind, value }) => ({
          labels: { mode, ...(label && { [label]: kind }) },
          value: value / divisor,
        }));
    },
  }));
}

const REAP_FAMILIES: readonly {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly what: ReapTotal["what"];
  readonly label?: string;
  readonly divisor?: number;
}[] = [
  {
    name: "reap_runs_total",
    type: "counter",
    help: "Runs of the reaper by mode and outcome.",
    what: "runs",
    label: "outcome",
  },
  {
    name: "reap_removed_total",
    type: "counter",
    help: "Mappings that runs of the reaper removed, or in a dry run would have, by verdict.",
    what: "removed",
    label: "verdict",
  },
  {
    name: "reap_kept_total",
    type: "counter",
    help: "Mappings that runs of the reaper judged and kept, by verdict.",
    what: "kept",
    label: "verdict",
  },
  {
    name: "reap_errors_total",
    type: "counter",
    help: "Mappings that could not be judged, by reason.",
    what: "errors",
    label: "error",
  },
  {
    name: "reap_duration_seconds_total",
    type: "counter",
    help: "Time that runs of the reaper took.",
    what: "ms",
    divisor: 1_000,
  },
  {
    name: "reap_last_success_timestamp_seconds",
    type: "gauge",
    help: "When a run of the reaper last finished.",
    what: "success",
    divisor: 1_000,
  },
  {
    name: "reap_redis_memory_bytes",
    type: "gauge",
    help: "Memory of the pages Redis before and after the last run.",
    what: "memory",
    label: "when",
  },
];
