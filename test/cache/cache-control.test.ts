import fc from "fast-check";
import { expect, test } from "vitest";
import {
  isGranted,
  MAX_SECONDS,
  parseCacheControl,
  parseDeltaSeconds,
  secondsOf,
} from "../../src/cache/cache-control.ts";

function seconds(...lines: string[]) {
  return secondsOf(parseCacheControl(lines), "max-age");
}

test.each<[sentence: string, line: string, seconds: number | "invalid" | undefined]>([
  ["max-age is digits", "max-age=3600", 3600],
  ["leading zeros are digits", "max-age=003600", 3600],
  ["names may be in any letter case", "MaX-aGe=3600", 3600],
  ["a quoted number is a number", 'max-age="3600"', 3600],
  ["an escape within quotes is undone", 'max-age="3\\600"', 3600],
  ["other directives do not disturb", "foobar, max-age=3600", 3600],
  ["empty members do not disturb", ", ,max-age=3600,,", 3600],
  ["a number in another directive's quotes is not ours", 'extension="max-age=3600"', undefined],
  ["what only begins like it is another directive", "max-agex=3600", undefined],
  ["a negative number is invalid", "max-age=-3600", "invalid"],
  ["single quotes are part of the value", "max-age='3600'", "invalid"],
  ["a fraction is invalid", "max-age=3600.0", "invalid"],
  ["letters before the number are invalid", "max-age=a1", "invalid"],
  ["letters after the number are invalid", "max-age=1a", "invalid"],
  ["no number is invalid", "max-age", "invalid"],
  ["an empty number is invalid", "max-age=", "invalid"],
  ["an empty quoted number is invalid", 'max-age=""', "invalid"],
  ["a blank before the equals sign is invalid", "max-age =3600", "invalid"],
  ["a blank after the equals sign is invalid", "max-age= 3600", "invalid"],
  ["text after the quotes is invalid", 'max-age="3600"0', "invalid"],
  ["a plus sign is invalid", "max-age=+3600", "invalid"],
  ["digits of other scripts are invalid", "max-age=٣٦٠٠", "invalid"],
  ["2^31 is a number", "max-age=2147483648", 2147483648],
  ["more than 2^31 is as good as 2^31", "max-age=99999999999", MAX_SECONDS],
  ["more than 2^64 does not wrap", "max-age=18446744073709551617", MAX_SECONDS],
  ["four hundred digits do not wrap", `max-age=${"9".repeat(400)}`, MAX_SECONDS],
])("%s", (_, line, expected) => {
  expect(seconds(line)).toBe(expected);
});

test.each<[sentence: string, lines: string[], seconds: number | "invalid"]>([
  ["the first of two on one line counts", ["max-age=1, max-age=1800"], 1],
  ["also when it is the longer one", ["max-age=1800, max-age=1"], 1800],
  ["the first of two lines counts", ["max-age=1", "max-age=1800"], 1],
  ["an invalid first one is not saved by a valid second", ["max-age=x, max-age=9"], "invalid"],
])("of repeated directives %s", (_, lines, expected) => {
  expect(seconds(...lines)).toBe(expected);
});

test.each([
  ["a missing comma", "max-age=60; no-store"],
  ["a missing comma before an argument", "no-store private=x y"],
  ["an argument that is no token", "no-store=[]"],
  ["a quote that is never closed", 'ext="x, no-store'],
])("a directive mangled by %s still forbids but never permits", (_, line) => {
  const directives = parseCacheControl([line]);
  expect(directives.has("no-store")).toBe(true);
  expect(isGranted(directives, "no-store")).toBe(false);
});

test.each<[line: string, granted: boolean]>([
  ["public", true],
  ["max-age=1, PUBLIC", true],
  ["public=x, public", true],
  ["public=x", false],
  ["public =x", false],
  ["max-age=1", false],
])("%s permits what public permits: %s", (line, granted) => {
  expect(isGranted(parseCacheControl([line]), "public")).toBe(granted);
});

test("a lifetime after a quote that is never closed gives no freshness", () => {
  expect(seconds('ext="x, max-age=3600')).toBe("invalid");
});

test("delta-seconds are digits and nothing else", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsed = parseDeltaSeconds(text);
      expect(parsed === undefined).toBe(!/^[0-9]+$/.test(text));
    }),
  );
});

test("no text makes the parser throw, and seconds are never negative, fractional or above the limit", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (lines) => {
      const value = seconds(...lines);
      if (typeof value !== "number") return;
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(MAX_SECONDS);
      expect(Number.isInteger(value)).toBe(true);
    }),
  );
});

test("text before or after a directive never turns it into a longer lifetime", () => {
  const noise = fc.string({ unit: fc.constantFrom(..." \t,;=\"'\\-.ax0/") });
  fc.assert(
    fc.property(noise, noise, (before, after) => {
      const value = seconds(`${before}max-age=60${after}`);
      const written = /max-age="?(\d+)/.exec(`${before}max-age=60${after}`)?.[1];
      if (typeof value === "number") expect(value).toBeLessThanOrEqual(Number(written));
    }),
  );
});
