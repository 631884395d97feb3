import { expect, test } from "vitest";
import { activityOf } from "../../src/reports/activity.ts";

const at = (text: string) => Date.parse(`${text}T12:00:00Z`);
const STATES = ["merged", "open"] as const;

test("a short period is told by weeks that begin on Mondays, without gaps", () => {
  const events = [
    { at: at("2026-01-04"), state: "merged" as const },
    { at: at("2026-01-05"), state: "open" as const },
    { at: at("2026-01-19"), state: "open" as const },
  ];
  const { step, buckets } = activityOf(events, STATES, {
    sinceAt: at("2026-01-01"),
    untilAt: at("2026-01-20"),
  });
  expect(step).toBe("week");
  expect(
    buckets.map(({ startAt, total }) => [new Date(startAt).toISOString().slice(0, 10), total]),
  ).toEqual([
    ["2025-12-29", 1],
    ["2026-01-05", 1],
    ["2026-01-12", 0],
    ["2026-01-19", 1],
  ]);
  expect(buckets[0]?.counts).toEqual({ merged: 1, open: 0 });
});

test.each([
  ["2025-03-01", "month", 13],
  ["2021-03-01", "month", 61],
  ["2010-03-01", "year", 17],
])("from %s until March 2026 it is told by %s", (since, step, count) => {
  const period = { sinceAt: at(since), untilAt: at("2026-03-01") };
  const activity = activityOf([], STATES, period);
  expect(activity.step).toBe(step);
  expect(activity.buckets).toHaveLength(count);
});

test("all time begins with the first event, and what is outside of a period is left out", () => {
  const events = [{ at: at("2025-12-31"), state: "open" as const }];
  const all = activityOf(events, STATES, { sinceAt: undefined, untilAt: at("2026-01-20") });
  expect(all.buckets[0]?.total).toBe(1);
  const later = { sinceAt: at("2026-01-12"), untilAt: at("2026-01-20") };
  expect(activityOf(events, STATES, later).buckets.map(({ total }) => total)).toEqual([0, 0]);
});
