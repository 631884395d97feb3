import fc from "fast-check";
import { expect, test } from "vitest";
import { isGranted, secondsOf } from "../../src/cache/cache-control.ts";
import { targetedDirectives } from "../../src/cache/targeted.ts";

function targeted(...lines: string[]) {
  return targetedDirectives(lines.flatMap((line) => ["CDN-Cache-Control", line]));
}

function maxAge(line: string) {
  const directives = targeted(line);
  return directives === undefined ? "ignored" : secondsOf(directives, "max-age");
}

test.each<[sentence: string, line: string, seconds: number | string | undefined]>([
  ["an Integer is a lifetime", "max-age=3600", 3600],
  ["zero is a lifetime of none", "max-age=0", 0],
  ["an unknown directive does not disturb", "foobar, max-age=3600", 3600],
  ["a parameter means nothing", "max-age=3600;foo=bar", 3600],
  ["2^31 is a lifetime", "max-age=2147483648", 2147483648],
  ["more is as good as that", "max-age=99999999999", 2147483648],
  ["the last of two counts, as in any dictionary", "max-age=1, max-age=2", 2],
  ["a String is invalid", 'max-age="10000"', "invalid"],
  ["a Decimal is invalid", "max-age=10000.0", "invalid"],
  ["a Decimal after a parameter is invalid", "foo;bar=1, max-age=10.5", "invalid"],
  ["a negative Integer is invalid", "max-age=-1", "invalid"],
  ["a Token is invalid", "max-age=x", "invalid"],
  ["no value is invalid", "max-age", "invalid"],
  ["a Boolean is invalid", "max-age=?0", "invalid"],
  ["an Inner List is invalid", "max-age=(3600)", "invalid"],
  ["a Date is invalid", "max-age=@3600", "invalid"],
  ["a key in capitals spoils the field", "MaX-aGe=3600", "ignored"],
  ["a blank before the equals sign spoils it", "max-age =100", "ignored"],
  ["a blank after the equals sign spoils it", "max-age= 100", "ignored"],
  ["a malformed member spoils it", "max-age=10000, &&&&&", "ignored"],
  ["an Integer of sixteen digits spoils it", "max-age=9999999999999999", "ignored"],
  ["an empty field is ignored", "", "ignored"],
])("%s", (_, line, expected) => {
  expect(maxAge(line)).toBe(expected);
});

test("an absent field is no field", () => {
  expect(targetedDirectives(["Cache-Control", "max-age=1"])).toBeUndefined();
});

test("several lines are one dictionary", () => {
  expect([...(targeted("no-store", "private") ?? []).keys()]).toEqual(["no-store", "private"]);
});

test.each<[line: string, granted: boolean]>([
  ["public", true],
  ["public;a=1", true],
  ["public=?1", true],
  ["public=?0", false],
  ["public=1", false],
  ["public=(a)", false],
])("%s permits what public permits: %s", (line, granted) => {
  expect(isGranted(targeted(line) ?? new Map(), "public")).toBe(granted);
});

test("a directive with a value of the wrong type is there, but malformed", () => {
  expect(targeted('no-store="x", public=3')).toEqual(
    new Map([
      ["no-store", [{ value: undefined, wellFormed: false }]],
      ["public", [{ value: "3", wellFormed: true }]],
    ]),
  );
});

test.each(["private", "no-cache"])("%s may name fields in a String", (name) => {
  expect(targeted(`${name}="a, b"`)?.get(name)).toEqual([{ value: "a, b", wellFormed: true }]);
});

test("no text makes it throw or gives a lifetime that is not written in it as an Integer", () => {
  const text = fc.string({ unit: fc.constantFrom(...'max-age=0123. ,;"?(@:-') });
  fc.assert(
    fc.property(text, (line) => {
      const seconds = maxAge(line);
      if (typeof seconds === "number")
        expect(line).toMatch(new RegExp(`max-age=0*${seconds}(?![.\\d])`));
    }),
  );
});

test("a key of a hundred thousand letters is read in time proportional to its length", () => {
  expect(targeted(`${"a".repeat(100_000)}=1`)?.size).toBe(1);
});
