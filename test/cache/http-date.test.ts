import fc from "fast-check";
import { expect, test } from "vitest";
import { formatHttpDate, parseHttpDate } from "../../src/cache/http-date.ts";
import { NOW } from "../helpers/cache.ts";

test.each<[shape: string, text: string, instant: number]>([
  ["IMF-fixdate", "Thu, 18 Aug 2050 02:01:18 GMT", Date.UTC(2050, 7, 18, 2, 1, 18)],
  [
    "IMF-fixdate, day in capitals",
    "THU, 18 Aug 2050 02:01:18 GMT",
    Date.UTC(2050, 7, 18, 2, 1, 18),
  ],
  [
    "IMF-fixdate, month in capitals",
    "Thu, 18 AUG 2050 02:01:18 GMT",
    Date.UTC(2050, 7, 18, 2, 1, 18),
  ],
  ["IMF-fixdate, mixed zone", "Thu, 18 Aug 2050 02:01:18 gMT", Date.UTC(2050, 7, 18, 2, 1, 18)],
  ["RFC 850", "Thursday, 18-Aug-50 02:01:18 GMT", Date.UTC(2050, 7, 18, 2, 1, 18)],
  ["asctime, one-digit day", "Thu Aug  8 02:01:18 2050", Date.UTC(2050, 7, 8, 2, 1, 18)],
  ["asctime, two-digit day", "Thu Aug 18 02:01:18 2050", Date.UTC(2050, 7, 18, 2, 1, 18)],
  [
    "a day of the week that does not fit",
    "Mon, 18 Aug 2050 02:01:18 GMT",
    Date.UTC(2050, 7, 18, 2, 1, 18),
  ],
  ["a leap second", "Sat, 31 Dec 2016 23:59:60 GMT", Date.UTC(2017, 0, 1)],
  ["29 February of a leap year", "Thu, 29 Feb 2024 00:00:00 GMT", Date.UTC(2024, 1, 29)],
  ["before 1970", "Wed, 01 Jan 1800 00:00:00 GMT", Date.UTC(1800, 0, 1)],
  ["a year below 100", "Sun, 01 Jan 0050 00:00:00 GMT", -60_589_296_000_000],
  ["one second past 32 bits", "Tue, 19 Jan 2038 03:14:08 GMT", 2 ** 31 * 1000],
  [
    "the last second of the year 9999",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    Date.UTC(9999, 11, 31, 23, 59, 59),
  ],
])("%s is a date", (_, text, instant) => {
  expect(parseHttpDate(text, NOW)).toBe(instant);
});

test.each<[fault: string, text: string]>([
  ["zone UTC", "Thu, 18 Aug 2050 02:01:18 UTC"],
  ["another zone", "Thu, 18 Aug 2050 02:01:18 AEST"],
  ["a numeric zone", "Thu, 18 Aug 2050 02:01:18 +0000"],
  ["no zone", "Thu, 18 Aug 2050 02:01:18"],
  ["a two-digit year in IMF shape", "Thu, 18 Aug 50 02:01:18 GMT"],
  ["a five-digit year", "Thu, 18 Aug 12050 02:01:18 GMT"],
  ["a missing comma", "Thu 18 Aug 2050 02:01:18 GMT"],
  ["doubled blanks", "Thu, 18  Aug  2050 02:01:18 GMT"],
  ["dashes in IMF shape", "Thu, 18-Aug-2050 02:01:18 GMT"],
  ["dots in the time", "Thu, 18 Aug 2050 02.01.18 GMT"],
  ["a one-digit hour", "Thu, 18 Aug 2050 2:01:18 GMT"],
  ["a one-digit day", "Thu, 8 Aug 2050 02:01:18 GMT"],
  ["a day that is not", "Thu, 30 Feb 2050 02:01:18 GMT"],
  ["29 February of a common year", "Thu, 29 Feb 2050 02:01:18 GMT"],
  ["day 0", "Thu, 00 Aug 2050 02:01:18 GMT"],
  ["hour 24", "Thu, 18 Aug 2050 24:00:00 GMT"],
  ["minute 60", "Thu, 18 Aug 2050 02:60:18 GMT"],
  ["second 61", "Thu, 18 Aug 2050 02:01:61 GMT"],
  ["a month that is not", "Thu, 18 Foo 2050 02:01:18 GMT"],
  ["a short day in RFC 850", "Thu, 18-Aug-50 02:01:18 GMT"],
  ["asctime with a zone", "Thu Aug  8 02:01:18 2050 GMT"],
  ["ISO 8601", "2050-08-18T02:01:18Z"],
  ["a number", "0"],
  ["-1", "-1"],
  ["nothing", ""],
  ["a date after text", "x Thu, 18 Aug 2050 02:01:18 GMT"],
  ["a date before text", "Thu, 18 Aug 2050 02:01:18 GMT x"],
])("with %s it is no date", (_, text) => {
  expect(parseHttpDate(text, NOW)).toBeUndefined();
});

test.each<[year: string, now: number, meant: number]>([
  ["26", 2026, 2026],
  ["75", 2026, 2075],
  ["77", 2026, 1977],
  ["99", 2026, 1999],
  ["00", 2026, 2000],
  ["01", 2099, 2101],
  ["60", 2099, 2060],
])("the two-digit year %s read in %i means %i", (year, now, meant) => {
  const parsed = parseHttpDate(`Monday, 01-Mar-${year} 00:00:00 GMT`, Date.UTC(now, 5, 1));
  expect(parsed).toBe(Date.UTC(meant, 2, 1));
});

const LAST_SECOND = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;
const INSTANT = fc.integer({ min: -62_167_219_200, max: LAST_SECOND });

test("what is formatted reads back as the same second", () => {
  fc.assert(
    fc.property(INSTANT, (seconds) => {
      expect(parseHttpDate(formatHttpDate(seconds * 1000), NOW)).toBe(seconds * 1000);
    }),
  );
});

test.each([Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
  "the instant %d, which no date can name, is formatted as the nearest that one can",
  (at) => {
    expect(parseHttpDate(formatHttpDate(at), NOW)).toBeTypeOf("number");
  },
);

test("no text makes the parser throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(() => parseHttpDate(text, NOW)).not.toThrow();
    }),
  );
});

test("a date with any character put into it or left out is no date", () => {
  const text = "Thu, 18 Aug 2050 02:01:18 GMT";
  const character = fc.string({ unit: fc.constantFrom(..." 0A,-:"), maxLength: 1 });
  fc.assert(
    fc.property(fc.nat(text.length - 1), character, (at, put) => {
      const rest = text.slice(put === "" ? at + 1 : at);
      expect(parseHttpDate(text.slice(0, at) + put + rest, NOW)).toBeUndefined();
    }),
  );
});
