/** Metrics of the queue that all processes share: jobs, workers and schedules. */
import type { Beat } from "../../queues/beats.ts";
import type { ScheduleFacts } from "../../queues/list-schedules.ts";
import type { Family, Sample } from "./metric-families.ts";
import type { Sampled } from "./metrics-sample.ts";

export function queueFamilies(sampled: () => Promise<Sampled>): Family[] {
  return GAUGES.map(([name, help, read]) => ({
    name: `warmfront_${name}`,
    type: "gauge",
    help,
    read: async () => read(await sampled()),
  }));
}

type Gauge = readonly [name: string, help: string, read: (taken: Sampled) => Iterable<Sample>];

const GAUGES: readonly Gauge[] = [
  ["jobs", "Jobs by queue and state.", ({ jobs }) => jobs],
  [
    "workers",
    "Workers by queue and state.",
    ({ beats }) => perWorker(beats, ({ queue, state }) => [{ labels: { queue, state }, value: 1 }]),
  ],
  [
    "worker_places",
    "Jobs that all workers of a queue run, and may run, at a time.",
    ({ beats }) => perWorker(beats, placesOf),
  ],
  [
    "worker_last_fetch_timestamp_seconds",
    "When any worker of a queue last asked for jobs and got an answer.",
    ({ beats }) => lastFetches(beats),
  ],
  [
    "worker_replacements",
    "How often the workers that are there were replaced because they had stopped asking for jobs.",
    ({ beats }) =>
      perWorker(beats, ({ queue, replaced }) => [{ labels: { queue }, value: replaced }]),
  ],
  [
    "schedule_last_success_timestamp_seconds",
    "When a run of a schedule last ended well.",
    ({ schedules }) => instants(schedules, ({ lastSuccessAt }) => lastSuccessAt),
  ],
  [
    "schedule_next_run_timestamp_seconds",
    "When a schedule runs next; in the past while the run is due.",
    ({ schedules }) => instants(schedules, ({ nextAt }) => nextAt),
  ],
];

type WorkerBeat = Beat["workers"][number];

/** Samples with the same labels added up. */
function perWorker(beats: readonly Beat[], samplesOf: (worker: WorkerBeat) => Sample[]): Sample[] {
  const sums = new Map<string, Sample>();
  for (const { labels, value } of beats.flatMap(({ workers }) => workers.flatMap(samplesOf))) {
    const key = JSON.stringify(labels);
    sums.set(key, { labels, value: value + (sums.get(key)?.value ?? 0) });
  }
  return [...sums.values()];
}

function placesOf({ queue, running, concurrency }: WorkerBeat): Sample[] {
  return [
    { labels: { queue, place: "taken" }, value: running },
    { labels: { queue, place: "all" }, value: concurrency },
  ];
}

function lastFetches(beats: readonly Beat[]): Sample[] {
  const last = new Map<string, number>();
  for (const { queue, lastFetchAt } of beats.flatMap(({ workers }) => workers))
    last.set(queue, Math.max(lastFetchAt, last.get(queue) ?? 0));
  return Array.from(last, ([queue, at]) => ({ labels: { queue }, value: at / 1_000 }));
}

function instants(
  schedules: readonly ScheduleFacts[],
  at: (schedule: ScheduleFacts) => number | undefined,
): Sample[] {
  return schedules.flatMap((schedule) => {
    const ms = at(schedule);
    return ms === undefined ? [] : [{ labels: { schedule: schedule.name }, value: ms / 1_000 }];
  });
}
