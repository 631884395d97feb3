import fc from "fast-check";
import { expect, test } from "vitest";
import { parseContentRange, parseRange } from "../../src/cache/byte-range.ts";

test.each<[range: string, parsed: unknown]>([
  ["bytes=0-1", { first: 0, last: 1 }],
  ["bytes=1-", { first: 1 }],
  ["bytes=-5", { suffix: 5 }],
  ["Bytes=0-1", { first: 0, last: 1 }],
  ["bytes= 0-1 ", { first: 0, last: 1 }],
  ["bytes=5-5", { first: 5, last: 5 }],
  ["bytes=0-99999999999999999999", { first: 0, last: 1e20 }],
  ["bytes=0-1,3-4", "several"],
  ["bytes=0-1, -1", "several"],
])("%s is understood", (range, parsed) => {
  expect(parseRange(["Range", range])).toEqual(parsed);
});

test.each([
  "bytes=5-4",
  "bytes=-",
  "bytes=",
  "bytes=a-b",
  "bytes 0-1",
  "items=0-1",
  "0-1",
  "bytes=0--1",
  "",
])("%j is ignored", (range) => {
  expect(parseRange(["Range", range])).toBeUndefined();
});

test("no Range and a repeated Range are ignored", () => {
  expect(parseRange([])).toBeUndefined();
  expect(parseRange(["Range", "bytes=0-1", "Range", "bytes=0-1"])).toBeUndefined();
});

test.each<[range: string, parsed: unknown]>([
  ["bytes 4-9/10", { first: 4, last: 9, complete: 10 }],
  ["bytes 4-9/*", { first: 4, last: 9 }],
  ["bytes 0-0/1", { first: 0, last: 0, complete: 1 }],
])("a part declared as %s is understood", (range, parsed) => {
  expect(parseContentRange(["Content-Range", range])).toEqual(parsed);
});

test.each([
  "bytes 9-4/10",
  "bytes 4-10/10",
  "bytes */10",
  "bytes 4-9",
  "bytes=4-9/10",
  "items 4-9/10",
  "bytes 4-9/10, bytes 0-1/10",
  "bytes 4-99999999999999999999/*",
  "",
])("a part declared as %j is not", (range) => {
  expect(parseContentRange(["Content-Range", range])).toBeUndefined();
});

test("a part that is declared twice is not understood", () => {
  const fields = ["Content-Range", "bytes 4-9/10", "Content-Range", "bytes 4-9/10"];
  expect(parseContentRange(fields)).toBeUndefined();
});

test("no text makes either parser throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(() => parseRange(["Range", text])).not.toThrow();
      expect(() => parseContentRange(["Content-Range", text])).not.toThrow();
    }),
  );
});
