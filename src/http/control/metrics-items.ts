/** Metrics of items: how old their values are, and what came of asking their sources. */
import type { ItemFacts } from "../../items/items.ts";
import type { Family } from "./metric-families.ts";

export function itemFamilies(facts: () => readonly ItemFacts[]): Family[] {
  return [
    {
      name: "warmfront_item_good_timestamp_seconds",
      help: "When the value was good that this process serves for an item.",
      type: "gauge",
      read: () =>
        facts().flatMap(({ path: item, goodAt }) =>
          goodAt === undefined ? [] : [{ labels: { item }, value: goodAt / 1_000 }],
        ),
    },
    {
      name: "warmfront_item_fault",
      help: "1 for the fault that the source of an item has now.",
      type: "gauge",
      read: () =>
        facts().flatMap(({ path: item, fault }) =>
          fault === undefined ? [] : [{ labels: { item, fault }, value: 1 }],
        ),
    },
    {
      name: "warmfront_item_refreshes_total",
      help: "Questions of this process to the source of an item, by what came of them.",
      type: "counter",
      read: () =>
        facts().flatMap(({ path: item, counts }) =>
          Object.entries(counts).map(([outcome, value]) => ({ labels: { item, outcome }, value })),
        ),
    },
  ];
}
