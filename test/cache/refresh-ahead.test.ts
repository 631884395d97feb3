import { expect, test } from "vitest";
import { isDueAhead, leavesForRefresh } from "../../src/cache/refresh-ahead.ts";
import { anEntry, aRoute, fixedFreshness, NOW } from "../helpers/cache.ts";

const hundred = { storedAt: NOW, staleAt: NOW + 100_000 };

test.each([
  ["off, however late", 0, 99_999, false],
  ["a fifth, with more than that left", 0.2, 79_999, false],
  ["a fifth, with exactly that left", 0.2, 80_000, false],
  ["a fifth, with less than that left", 0.2, 80_001, true],
  ["all, from the start", 1, 1, true],
])("a share of %s", (_, refreshAhead, afterMs, isDue) => {
  expect(isDueAhead(hundred, { refreshAhead }, NOW + afterMs)).toBe(isDue);
});

test("one hit a second asks for the refresh of an entry, the others are answered at once", () => {
  const route = aRoute({ refreshAhead: 0.5, freshness: fixedFreshness({ freshForMs: 10_000 }) });
  const entry = anEntry([], { route });
  const other = anEntry([], { route });
  expect(leavesForRefresh(entry, route, NOW + 4_000)).toBe(false);
  expect(leavesForRefresh(entry, route, NOW + 6_000)).toBe(true);
  expect(leavesForRefresh(entry, route, NOW + 6_500)).toBe(false);
  expect(leavesForRefresh(other, route, NOW + 6_500)).toBe(true);
  expect(leavesForRefresh(entry, route, NOW + 7_000)).toBe(true);
});
