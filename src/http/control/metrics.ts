/** `/metrics`: this process and the queue that all share, in the words of Prometheus. */
import { Router } from "express";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { ItemFacts } from "../../items/items.ts";
import type { OpenQueues } from "../../queues/open.ts";
import type { Budgets } from "../../sources/budget.ts";
import type { SourceCounts } from "../../sources/counted.ts";
import type { TieredStats } from "../../store/tiered-stats.ts";
import type { RequestCounts } from "../counts.ts";
import type { ControlPart } from "./app.ts";
import { registerFamily } from "./metric-families.ts";
import { budgetFamilies } from "./metrics-budget.ts";
import { itemFamilies } from "./metrics-items.ts";
import { processFamilies } from "./metrics-process.ts";
import { queueFamilies } from "./metrics-queue.ts";
import { reapFamilies } from "./metrics-reap.ts";
import { createSampling } from "./metrics-sample.ts";

export interface MetricsOptions {
  readonly counts: RequestCounts;
  readonly sourceCounts: SourceCounts;
  /** What the store answered and took, by tier. */
  readonly storeStats: () => TieredStats;
  readonly queues: OpenQueues;
  /** What may be asked of each source. */
  readonly budgets: Pick<Budgets, "states">;
  /** How each item is; absent when there are none. */
  readonly itemFacts?: (() => readonly ItemFacts[]) | undefined;
  /** Whether each store answers. */
  readonly storesUp: () => Readonly<Record<string, boolean>>;
}

export function createMetricsPart(options: MetricsOptions): ControlPart {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const sampled = createSampling(options.queues, options.budgets);
  const families = [
    ...processFamilies(options),
    ...queueFamilies(sampled),
    ...budgetFamilies(sampled),
    ...reapFamilies(sampled),
    ...(options.itemFacts === undefined ? [] : itemFamilies(options.itemFacts)),
  ];
  for (const family of families) registerFamily(registry, family);
  const router = Router();
  router.get("/", async (_req, res) => {
    const text = await registry.metrics();
    res.setHeader("Content-Type", registry.contentType);
    res.end(text);
  });
  const about = "Counters and gauges for Prometheus.";
  return { path: "/metrics", title: "Metrics", about, router };
}
