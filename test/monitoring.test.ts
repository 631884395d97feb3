import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { budgetFamilies } from "../src/http/control/metrics-budget.ts";
import { itemFamilies } from "../src/http/control/metrics-items.ts";
import { processFamilies } from "../src/http/control/metrics-process.ts";
import { queueFamilies } from "../src/http/control/metrics-queue.ts";
import { reapFamilies } from "../src/http/control/metrics-reap.ts";
import { createRequestCounts } from "../src/http/counts.ts";

const sampled = async () => ({ jobs: [], beats: [], schedules: [], reap: [], budgets: [] });
const FAMILIES = [
  ...processFamilies({
    counts: createRequestCounts(),
    sourceCounts: new Map(),
    storeStats: () => {
      throw new Error("Names are enough.");
    },
    storesUp: () => ({}),
  }),
  ...queueFamilies(sampled),
  ...budgetFamilies(sampled),
  ...reapFamilies(sampled),
  ...itemFamilies(() => []),
];

/** What Prometheus stores of all families. */
const SERIES = new Set(
  FAMILIES.flatMap(({ name, type }) =>
    type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => name + end) : [name],
  ),
);

const read = (file: string) =>
  readFile(new URL(`../deploy/monitoring/${file}`, import.meta.url), "utf8");
const namedIn = (text: string) => [...new Set(text.match(/\bwarmfront_\w+/g))];

test.each(["grafana-dashboard.json", "alerts.yaml"])(
  "every metric that %s names is one that /metrics has",
  async (file) => {
    const named = namedIn(await read(file));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !SERIES.has(name))).toEqual([]);
  },
);

test("each panel of the dashboard asks for something, and none lies on another", async () => {
  const { panels } = JSON.parse(await read("grafana-dashboard.json")) as {
    panels: {
      type: string;
      title: string;
      targets?: { expr: string }[];
      gridPos: { x: number; y: number; w: number };
    }[];
  };
  const graphs = panels.filter(({ type }) => type !== "row");
  expect(graphs.filter(({ targets = [] }) => !targets.some(({ expr }) => expr !== ""))).toEqual([]);
  const places = panels.map(({ gridPos: { x, y } }) => `${x},${y}`);
  expect(new Set(places).size).toBe(places.length);
  expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
});

test("each alert has a name of its own, an expression, a severity and a summary", async () => {
  const { groups } = parse(await read("alerts.yaml")) as {
    groups: { rules: { alert: string; [field: string]: unknown }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const rule of rules)
    expect(rule).toMatchObject({
      alert: expect.stringMatching(/^Warmfront[A-Z]/),
      expr: expect.stringContaining("warmfront_"),
      labels: { severity: expect.stringMatching(/^(critical|warning)$/) },
      annotations: { summary: expect.stringMatching(/\.$/) },
    });
});
