/** Families of metrics whose samples are read when they are asked for, in a registry of prom-client. */
import type { Metric, Registry } from "prom-client";

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of a histogram: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly read: () => Iterable<Sample> | Promise<Iterable<Sample>>;
}

/** prom-client reads a metric through `get`; what it offers besides is for metrics that count themselves. */
export function registerFamily(registry: Registry, { name, help, type, read }: Family): void {
  const metric = {
    ...{ name, help, type, aggregator: "sum" },
    get: async () => ({ name, help, type, aggregator: "sum", values: [...(await read())] }),
    reset: () => undefined,
  };
  registry.registerMetric(metric as unknown as Metric);
}

/** A histogram's samples, of counts by class; the last class has no bound. */
export function* histogram(
  name: string,
  labels: Readonly<Record<string, string>>,
  bounds: readonly number[],
  counts: readonly number[],
  sum: number,
): Iterable<Sample> {
  let total = 0;
  for (const [i, count] of counts.entries()) {
    total += count;
    const le = i < bounds.length ? String(bounds[i]) : "+Inf";
    yield { metricName: `${name}_bucket`, labels: { ...labels, le }, value: total };
  }
  yield { metricName: `${name}_sum`, labels, value: sum };
  yield { metricName: `${name}_count`, labels, value: total };
}
