import { expect, test } from "vitest";
import { waitUntil } from "../../src/queues/retry.ts";

const NOW = 1_000_000;

test.each([
  ["waits until the instant it was told", 30_000, 0, 30_000],
  ["waits up to a tenth longer, so that many do not come at once", 30_000, 1, 33_000],
  ["waits a second at least, also for an instant that has passed", -60_000, 0, 1_000],
  ["waits an hour at most", 365 * 24 * 3_600_000, 0, 3_600_000],
  ["waits an hour at most, chance included", 3_600_000, 1, 3_600_000],
])("a job %s", (_rule, inMs, random, expected) => {
  expect(waitUntil(NOW + inMs, NOW, random)).toBe(expected);
});
