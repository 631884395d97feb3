import { expect, test } from "vitest";
import { choosePeriod, named, PERIODS } from "../../src/reports/chosen-period.ts";
import { periodName, spanOf } from "../../src/reports/period.ts";

const NOW = Date.parse("2026-03-01T10:00:00Z");
const MIDNIGHT = Date.parse("2026-03-02T00:00:01Z");

test.each(Object.keys(PERIODS) as (keyof typeof PERIODS)[])(
  "%s has its own name when it is asked for, and also when its job ran after midnight",
  (name) => {
    expect(periodName(named(name, NOW), NOW)).toBe(name);
    expect(periodName(named(name, NOW), MIDNIGHT)).toBe(name);
  },
);

test("days that do not end now are their own name", () => {
  const days = { since: "2024-01-01", until: "2024-12-31" };
  expect(periodName(days, NOW)).toBe("2024-01-01..2024-12-31");
  expect(periodName({ since: "2026-02-01", until: "2026-03-01" }, NOW)).toBe(
    "2026-02-01..2026-03-01",
  );
});

test("a period spans whole days of UTC, but nothing that is still to come", () => {
  expect(spanOf({ since: "2025-01-01", until: "2025-01-31" }, NOW)).toMatchObject({
    sinceAt: Date.parse("2025-01-01T00:00:00Z"),
    untilAt: Date.parse("2025-01-31T23:59:59.999Z"),
    isAllTime: false,
  });
  expect(spanOf({ since: "all", until: "2026-03-01" }, NOW)).toMatchObject({
    since: "2008-01-01",
    untilAt: NOW,
    isAllTime: true,
  });
});

test.each([
  [{}, "1_year"],
  [{ period: "5_years" }, "5_years"],
  [{ period: "fortnight" }, "1_year"],
  [{ period: ["1_year", "2_years"] }, "1_year"],
  [{ period: "constructor" }, "1_year"],
  [{ since: "2025-01-01" }, "custom"],
  [{ until: "2025-01-01", period: "all_time" }, "custom"],
])("%j is the period %s", (query, name) => {
  expect(choosePeriod(query, NOW)).toMatchObject({ name });
});

test.each([
  [{ since: "2025-02-30" }, "A day is written like"],
  [{ since: "2025-1-1" }, "A day is written like"],
  [{ since: ["2025-01-01"] }, "A day is written like"],
  [{ since: "2025-02-02", until: "2025-02-01" }, "The first day comes after"],
  [{ until: "2026-03-02" }, "still to come"],
  [{ since: "2007-12-31" }, "GitHub began in 2008"],
])("%j is no period", (query, words) => {
  expect(choosePeriod(query, NOW)).toEqual({ fault: expect.stringContaining(words) });
});
