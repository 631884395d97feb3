import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDuration } from "../../src/config/durations.ts";

test.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["1.5s", 1_500],
  ["5m", 300_000],
  ["6h", 21_600_000],
  ["120d", 10_368_000_000],
  ["2w", 1_209_600_000],
  ["0s", 0],
  ["0", 0],
  [0, 0],
] as const)("%s is %d milliseconds", (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(["", "5", "s", "5 s", "-5s", "5S", "5sec", "1h30m", "1,5s", "1e3s", " 5s", "5s\n", "٥s"])(
  "%j is no duration",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test("no text makes the parser throw, and what it accepts is never negative", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsed = parseDuration(text);
      expect(parsed === undefined || parsed >= 0).toBe(true);
    }),
  );
});
