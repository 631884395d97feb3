import { expect, test } from "vitest";
import { selectFields } from "../../src/items/select.ts";

const document = JSON.parse(
  '{"a":1,"b":{"c":{"d":"deep"},"n":null},"list":[{"x":1},{"x":2}],"b.c":"dotted","":0,"__proto__":{"p":1}}',
);

test("without fields the document stays as it is", () => {
  expect(selectFields(document, undefined)).toEqual({ value: document });
});

test.each<[Record<string, string>, unknown]>([
  [{ a: "a" }, { a: 1 }],
  [
    { a: "a", list: "list" },
    { a: 1, list: [{ x: 1 }, { x: 2 }] },
  ],
  [{ "b.c": "b.c" }, { "b.c": "dotted" }],
  [{ "b.c.d": "b.c.d" }, { "b.c.d": "deep" }],
  [{ url: "b.c.d" }, { url: "deep" }],
  [{ x: "list.1.x" }, { x: 2 }],
  [{ n: "b.n" }, { n: null }],
  [{ "": "" }, { "": 0 }],
  [{}, {}],
])("fields %j are %j", (fields, value) => {
  expect(selectFields(document, new Map(Object.entries(fields)))).toEqual({ value });
});

test.each([
  "nope",
  "b.nope",
  "a.b",
  "list.2",
  "list.length",
  "list.-1",
  "toString",
  "b.constructor",
  "b.c.d.length",
  "b.n.x",
  "a.",
  ".a",
])("there is no field %s", (path) => {
  expect(selectFields(document, new Map([["name", path]]))).toEqual({ missing: "name" });
});

test.each([null, 1, "text", [], true])("%j has no fields", (whole) => {
  expect(selectFields(whole, new Map([["a", "a"]]))).toEqual({ missing: "a" });
});

test("a field called __proto__ is a field like any other", () => {
  const selected = selectFields(document, new Map([["__proto__", "__proto__"]]));
  expect(JSON.stringify(selected)).toBe('{"value":{"__proto__":{"p":1}}}');
});
