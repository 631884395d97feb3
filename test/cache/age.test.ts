import fc from "fast-check";
import { expect, test } from "vitest";
import { bornAtOf, dateOf } from "../../src/cache/age.ts";
import { formatHttpDate } from "../../src/cache/http-date.ts";
import { inSeconds, NOW } from "../helpers/cache.ts";

/** Seconds of age on arrival, for a response that took so long. */
function initialAge(fields: string[], delayMs = 0): number {
  return (NOW - bornAtOf(fields, { requestAt: NOW - delayMs, responseAt: NOW })) / 1000;
}

test.each<[sentence: string, lines: string[], age: number]>([
  ["Age is the age", ["7200"], 7200],
  ["no Age is no age", [], 0],
  ["the first member counts", ["7200, 0"], 7200],
  ["also when it is the lesser", ["0, 7200"], 0],
  ["the first line counts", ["7200", "0"], 7200],
  ["also when it is the lesser", ["0", "7200"], 0],
  ["a word is ignored", ["abc"], 0],
  ["a negative number is ignored", ["-7200"], 0],
  ["a fraction is ignored", ["7200.0"], 0],
  ["a parameter makes it no number", ["7200;foo=bar"], 0],
  ["an empty first member is no number", [",7200"], 0],
  ["2^31 is an age", ["2147483648"], 2147483648],
  ["more is as good as that", ["99999999999999999999"], 2147483648],
])("%s", (_, lines, age) => {
  expect(initialAge(lines.flatMap((line) => ["Age", line]))).toBe(age);
});

test.each<[sentence: string, date: string, age: number]>([
  ["a Date two hours ago means two hours of age", inSeconds(-7200), 7200],
  ["a Date a second ago means a second", inSeconds(-1), 1],
  ["a Date ahead of our clock means none", inSeconds(400), 0],
  ["a Date that is no date means none", "foo", 0],
])("%s", (_, date, age) => {
  expect(initialAge(["Date", date])).toBe(age);
});

test("the greater of Age and the distance to Date counts", () => {
  expect(initialAge(["Date", inSeconds(-10), "Age", "25"])).toBe(25);
  expect(initialAge(["Date", inSeconds(-30), "Age", "25"])).toBe(30);
});

test("Date has whole seconds, so less than one of distance is none", () => {
  const responseAt = NOW + 999;
  const born = bornAtOf(["Date", formatHttpDate(responseAt)], {
    requestAt: responseAt,
    responseAt,
  });
  expect(born).toBe(responseAt);
});

test("the time that the response took is part of its age", () => {
  expect(initialAge([], 3_000)).toBe(3);
  expect(initialAge(["Age", "30"], 3_000)).toBe(33);
});

test("a clock that went back while the response came does not make it younger than new", () => {
  expect(initialAge([], -3_000)).toBe(0);
});

test.each<[sentence: string, fields: string[], date: number | undefined]>([
  ["one Date is the date", ["Date", inSeconds(5)], NOW + 5_000],
  ["none is none", [], undefined],
  ["a malformed one is none", ["Date", "foo"], undefined],
  ["two are none", ["Date", inSeconds(5), "Date", inSeconds(5)], undefined],
])("of Date: %s", (_, fields, date) => {
  expect(dateOf(fields, NOW)).toBe(date);
});

test("nothing that a response can say makes it born after it arrived", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), fc.integer(), (age, date, delayMs) => {
      const fields = ["Age", age, "Date", formatHttpDate(NOW + date * 1000)];
      const bornAt = bornAtOf(fields, { requestAt: NOW - delayMs, responseAt: NOW });
      expect(bornAt).toBeLessThanOrEqual(NOW);
      expect(Number.isFinite(bornAt)).toBe(true);
    }),
  );
});
