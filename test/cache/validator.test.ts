import fc from "fast-check";
import { expect, test } from "vitest";
import {
  entityTags,
  isStrongDate,
  matchesStrongly,
  matchesWeakly,
  nonEmpty,
  strongTagOf,
  validatorOf,
} from "../../src/cache/validator.ts";
import { inSeconds, NOW } from "../helpers/cache.ts";

test.each<[one: string, other: string, strongly: boolean, weakly: boolean]>([
  ['W/"1"', 'W/"1"', false, true],
  ['W/"1"', 'W/"2"', false, false],
  ['W/"1"', '"1"', false, true],
  ['"1"', '"1"', true, true],
  ['"1"', '"2"', false, false],
  ['w/"1"', '"1"', false, false],
  ["1", "1", false, true],
])("%s and %s match strongly: %s, weakly: %s", (one, other, strongly, weakly) => {
  expect(matchesStrongly(one, other)).toBe(strongly);
  expect(matchesWeakly(one, other)).toBe(weakly);
  expect(matchesWeakly(other, one)).toBe(weakly);
});

test.each<[lines: string[], tags: string[]]>([
  [['"a"'], ['"a"']],
  [['"a", W/"b","c"'], ['"a"', 'W/"b"', '"c"']],
  [
    ['"a"', '"b"'],
    ['"a"', '"b"'],
  ],
  [[', "a",, '], ['"a"']],
  [['"a,b", "c"'], ['"a,b"', '"c"']],
  [['"a\\", "b"'], ['"a\\"', '"b"']],
  [['""'], ['""']],
  [["*"], ["*"]],
  [["abc, def"], ["abc", "def"]],
  [[""], []],
])("If-None-Match of %j lists %j", (lines, tags) => {
  const fields = lines.flatMap((line) => ["If-None-Match", line]);
  expect(entityTags(fields, "if-none-match")).toEqual(tags);
});

test("the validator of a response is its tag, or else the date of its change", () => {
  expect(validatorOf(["Last-Modified", "x", "ETag", '"a"'])).toBe('"a"');
  expect(validatorOf(["Last-Modified", "x", "ETag", ""])).toBe("x");
  expect(validatorOf([])).toBeUndefined();
  expect(nonEmpty(["A", ""], "a")).toBeUndefined();
});

test.each<[tag: string, strong: boolean]>([
  ['"a"', true],
  ['W/"a"', false],
  ["a", false],
  ['"a', false],
])("%s is a strong tag: %s", (tag, strong) => {
  expect(strongTagOf(["ETag", tag])).toBe(strong ? tag : undefined);
});

test.each<[modified: string, date: string, strong: boolean]>([
  [inSeconds(-1), inSeconds(0), true],
  [inSeconds(0), inSeconds(0), false],
  [inSeconds(1), inSeconds(0), false],
  ["x", inSeconds(0), false],
  [inSeconds(-1), "x", false],
])("a change at %s in a response of %s is a strong validator: %s", (modified, date, strong) => {
  expect(isStrongDate(["Last-Modified", modified, "Date", date], NOW)).toBe(strong);
});

test("a quoted tag is found in any list that holds it", () => {
  const opaque = fc.string({ unit: fc.constantFrom(..."ab,\\ W/*") });
  fc.assert(
    fc.property(fc.array(opaque), opaque, (others, wanted) => {
      const list = [...others, wanted, ...others].map((tag) => `"${tag}"`).join(", ");
      expect(entityTags(["T", list], "t")).toContain(`"${wanted}"`);
    }),
  );
});
