/** Metrics of this process: what it answered, what it asked of sources, how its stores are. */
import { DURATION_BOUNDS } from "../counts.ts";
import { type Family, histogram, type Sample } from "./metric-families.ts";
import type { MetricsOptions } from "./metrics.ts";

const SECOND_BOUNDS = DURATION_BOUNDS.map((ms) => ms / 1_000);
const DURATION = "warmfront_http_request_duration_seconds";

export function processFamilies(options: Omit<MetricsOptions, "queues" | "budgets">): Family[] {
  return [...requestFamilies(options), ...sourceFamilies(options), ...storeFamilies(options)];
}

function requestFamilies({ counts }: Pick<MetricsOptions, "counts">): Family[] {
  const each = (value: (count: { requests: number; bytes: number }) => number) => () =>
    Array.from(counts.read(), ({ route, outcome, count }) => ({
      labels: { route, outcome },
      value: value(count),
    }));
  return [
    {
      name: "warmfront_http_requests_total",
      help: "Requests of clients, by route and by how they were answered.",
      type: "counter",
      read: each(({ requests }) => requests),
    },
    {
      name: "warmfront_http_response_bytes_total",
      help: "Bytes of the bodies of answers, by route and by how they were answered.",
      type: "counter",
      read: each(({ bytes }) => bytes),
    },
    {
      name: DURATION,
      help: "From the arrival of a request to the end of its answer, by route and outcome.",
      type: "histogram",
      read: () =>
        Array.from(counts.read(), ({ route, outcome, count: { durations, durationMs } }) => [
          ...histogram(DURATION, { route, outcome }, SECOND_BOUNDS, durations, durationMs / 1_000),
        ]).flat(),
    },
  ];
}

function sourceFamilies({ sourceCounts: sources }: Pick<MetricsOptions, "sourceCounts">): Family[] {
  const list = (kind: "responses" | "failures", label: string): Sample[] =>
    [...sources].flatMap(([source, count]) =>
      Array.from(count[kind], ([key, value]) => ({ labels: { source, [label]: key }, value })),
    );
  return [
    {
      name: "warmfront_source_responses_total",
      help: "Responses of sources, by class of status.",
      type: "counter",
      read: () => list("responses", "status"),
    },
    {
      name: "warmfront_source_failures_total",
      help: "Requests to sources that got no response, by fault.",
      type: "counter",
      read: () => list("failures", "fault"),
    },
    {
      name: "warmfront_source_wait_seconds_total",
      help: "Time from requests to the heads of their responses.",
      type: "counter",
      read: () =>
        Array.from(sources, ([source, { waitedMs }]) => ({
          labels: { source },
          value: waitedMs / 1_000,
        })),
    },
  ];
}

function storeFamilies({
  storesUp,
  storeStats,
}: Pick<MetricsOptions, "storesUp" | "storeStats">): Family[] {
  return [
    {
      name: "warmfront_store_up",
      help: "Whether a store answers this process: 1 or 0.",
      type: "gauge",
      read: () =>
        Object.entries(storesUp()).map(([role, up]) => ({ labels: { role }, value: up ? 1 : 0 })),
    },
    {
      name: "warmfront_store_reads_total",
      help: "Reads of the response store, by what answered them.",
      type: "counter",
      read: () => {
        const { memoryHits: memory, redisHits: redis, absent, readsFailed, corrupt } = storeStats();
        return byKind("result", { memory, redis, absent, failed: readsFailed, corrupt });
      },
    },
    {
      name: "warmfront_store_writes_total",
      help: "Writes of the response store, by how they ended.",
      type: "counter",
      read: () => {
        const { written, superseded, writesFailed: failed } = storeStats();
        return byKind("result", { written, superseded, failed });
      },
    },
    {
      name: "warmfront_memory_bytes",
      help: "Size of the responses in the memory of this process.",
      type: "gauge",
      read: () => [{ labels: {}, value: storeStats().memoryBytes }],
    },
    {
      name: "warmfront_memory_entries",
      help: "Responses in the memory of this process.",
      type: "gauge",
      read: () => [{ labels: {}, value: storeStats().memoryEntries }],
    },
  ];
}

function byKind(label: string, counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([kind, value]) => ({ labels: { [label]: kind }, value }));
}
