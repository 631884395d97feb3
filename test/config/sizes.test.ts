import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSize } from "../../src/config/sizes.ts";

test.each([
  ["50MiB", 52_428_800],
  ["50 MiB", 52_428_800],
  ["50mib", 52_428_800],
  ["10kB", 10_000],
  ["1.5KiB", 1_536],
  ["2GB", 2_000_000_000],
  ["1GiB", 1_073_741_824],
  ["7B", 7],
  ["52428800", 52_428_800],
  [52_428_800, 52_428_800],
  [0, 0],
] as const)("%s is %d bytes", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(["", "MiB", "50M", "50k", "-1", "1.5", "1e3", "5 bananas", "0x10", -1, 1.5, Number.NaN])(
  "%j is no size",
  (text) => {
    expect(parseSize(text)).toBeUndefined();
  },
);

test("no text makes the parser throw, and what it accepts is never negative", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsed = parseSize(text);
      expect(parsed === undefined || parsed >= 0).toBe(true);
    }),
  );
});
