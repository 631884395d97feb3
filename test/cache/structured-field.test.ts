import fc from "fast-check";
import { expect, test } from "vitest";
import { dictionaryOf, stringsOf } from "../../src/cache/structured-field.ts";

test("the lines of a dictionary are one dictionary", () => {
  const dictionary = dictionaryOf(["D", "a=1", "d", "b"], "d");
  expect([...(dictionary ?? [])].map(([key, [value]]) => [key, value])).toEqual([
    ["a", 1],
    ["b", true],
  ]);
});

test.each(["a=1, &&&&&", "A=1", "a=", "a=1;", "a=99999999999999999", 'a="open', "a=:!:", "a=@x"])(
  "the dictionary %s is malformed and as good as absent",
  (line) => {
    expect(dictionaryOf(["D", line], "d")).toBeUndefined();
  },
);

test("an absent dictionary is absent and an empty one is empty", () => {
  expect(dictionaryOf([], "d")).toBeUndefined();
  expect(dictionaryOf(["D", " "], "d")?.size).toBe(0);
});

test.each<[sentence: string, lines: string[], strings: string[]]>([
  ["strings over several lines", ['"a", "b"', '"c"'], ["a", "b", "c"]],
  ["parameters are left out", ['"a";x=1'], ["a"]],
  ["members that are no strings are left out", ['"a", b, 3, ("c")'], ["a"]],
  ["one malformed member spoils all", ['"a", &'], []],
  ["an unquoted list has no strings", ["a, b"], []],
])("of a list of strings: %s", (_, lines, strings) => {
  expect(
    stringsOf(
      lines.flatMap((line) => ["L", line]),
      "l",
    ),
  ).toEqual(strings);
});

test("no text makes either parser throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(() => dictionaryOf(["F", text], "f")).not.toThrow();
      expect(() => stringsOf(["F", text], "f")).not.toThrow();
    }),
  );
});
