import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRetryAfter } from "../../src/sources/retry-after.ts";

const NOW = Date.UTC(2026, 10, 21, 3, 0, 0);
const HOUR = 3_600_000;

describe("Retry-After", () => {
  test.each([
    ["a number of seconds", "120", NOW + 120_000],
    ["zero", "0", NOW],
    ["leading zeros", "007", NOW + 7_000],
    ["a date", "Sat, 21 Nov 2026 03:10:00 GMT", NOW + 600_000],
    ["a date that has passed", "Sat, 21 Nov 2026 02:00:00 GMT", NOW],
    ["more than the cap", "7200", NOW + HOUR],
    ["far more than the cap", "99999999999999999999999", NOW + HOUR],
    ["a date after the cap", "Sun, 06 Nov 2094 08:49:37 GMT", undefined],
    ["a right date after the cap", "Sat, 06 Nov 2094 08:49:37 GMT", NOW + HOUR],
    ["a negative number", "-1", undefined],
    ["a fraction", "1.5", undefined],
    ["an exponent", "1e3", undefined],
    ["a unit", "10s", undefined],
    ["nothing", "", undefined],
    ["another time zone", "Sat, 21 Nov 2026 03:10:00 UTC", undefined],
    ["a date as a program writes it", "2026-11-21T03:10:00Z", undefined],
    ["a wrong day of the week", "Fri, 21 Nov 2026 03:10:00 GMT", undefined],
    ["a day that does not exist", "Mon, 30 Feb 2026 03:10:00 GMT", undefined],
  ])("as %s (%s)", (_, value, expected) => {
    expect(parseRetryAfter(value, NOW, HOUR)).toBe(expected);
  });

  test("never names an instant before now or after the cap, whatever it says", () => {
    const value = fc.oneof(
      fc.string(),
      fc.nat().map(String),
      fc.date().map((d) => d.toUTCString()),
    );
    fc.assert(
      fc.property(value, (text) => {
        const at = parseRetryAfter(text, NOW, HOUR);
        if (at !== undefined) expect(at >= NOW && at <= NOW + HOUR).toBe(true);
      }),
    );
  });
});
