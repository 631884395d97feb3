import fc from "fast-check";
import { expect, test } from "vitest";
import {
  normalisedValue,
  selectVariant,
  type VariantHead,
  variantHead,
  varyNames,
} from "../../src/cache/vary.ts";
import type { FieldList } from "../../src/fields.ts";
import { anEntry, aRequest, NOW } from "../helpers/cache.ts";

test.each<[lines: string[], names: readonly string[] | "*"]>([
  [[], []],
  [["Foo"], ["foo"]],
  [
    ["Foo, bar", "FOO,,baz"],
    ["bar", "baz", "foo"],
  ],
  [[""], []],
  [["*"], "*"],
  [["*, *"], "*"],
  [["*", "*"], "*"],
  [[", *"], "*"],
  [["", "*"], "*"],
  [["*, Foo"], "*"],
  [["Foo, *"], "*"],
])("Vary %j nominates %j", (lines, names) => {
  expect(varyNames(lines.flatMap((line) => ["Vary", line]))).toEqual(names);
});

function value(name: string, ...lines: string[]) {
  return normalisedValue(
    name,
    lines.flatMap((line) => [name, line]),
  );
}

test.each<[sentence: string, one: string[], other: string[]]>([
  ["one line and two", ["1, 2"], ["1", "2"]],
  ["blanks round commas", ["1,2"], [" 1, 2 "]],
])("%s are the same value", (_, one, other) => {
  expect(value("foo", ...one)).toBe(value("foo", ...other));
});

test.each<[sentence: string, one: string[], other: string[]]>([
  ["other values", ["1"], ["2"]],
  ["absent and empty", [], [""]],
  ["another order", ["1, 2"], ["2, 1"]],
  ["another case", ["a"], ["A"]],
  ["blanks within a quoted string", ['"a, b"'], ['"a,b"']],
  ["a missing member", ["1,,2"], ["1,2"]],
])("%s are different values", (_, one, other) => {
  expect(value("foo", ...one)).not.toBe(value("foo", ...other));
});

test("languages are compared as languages, unless they are malformed", () => {
  expect(value("accept-language", "eN;q=0.5 , De")).toBe(value("accept-language", "de, en;q=0.5"));
  expect(value("accept-language", "en de")).not.toBe(value("accept-language", "en"));
});

test.each(["authorization", "proxy-authorization", "cookie"])(
  "the value of %s is compared without being held",
  (name) => {
    expect(value(name, "secret")).toBe(value(name, "secret"));
    expect(value(name, "secret")).not.toBe(value(name, "Secret"));
    expect(value(name, "secret")).not.toContain("secret");
    expect(value(name)).toBeUndefined();
  },
);

/** A variant stored so many seconds after the present for a request with these fields. */
function variant(
  key: string,
  names: string[],
  fields: FieldList,
  at = 0,
  language?: string,
): VariantHead {
  const entry = anEntry(language === undefined ? [] : ["Content-Language", language], {
    responseAt: NOW + at * 1000,
  });
  return variantHead(entry, key, names, aRequest(fields));
}

function chosen(variants: VariantHead[], ...fields: string[]) {
  return selectVariant(variants, aRequest(fields))?.key;
}

test("a head tells the values, the language and the age of its variant", () => {
  expect(variant("k", ["bar", "foo"], ["Foo", "1 , 2"], 5, "DE")).toEqual({
    names: ["bar", "foo"],
    values: [null, "1,2"],
    contentLanguage: "de",
    storedAt: NOW + 5_000,
    key: "k",
  });
});

test("each variant is chosen by the fields that its own Vary nominates", () => {
  const variants = [variant("a", ["foo"], ["Foo", "1"]), variant("b", ["bar"], ["Bar", "1"])];
  expect(chosen(variants, "Foo", "1")).toBe("a");
  expect(chosen(variants, "Foo", "2", "Bar", "1")).toBe("b");
  expect(chosen(variants, "Foo", "2")).toBeUndefined();
  expect(chosen([], "Foo", "1")).toBeUndefined();
});

test("of several that match the newest is chosen, and the last of equals", () => {
  const variants = [
    variant("old", ["foo"], ["Foo", "1"], 0),
    variant("new", [], [], 9),
    variant("older", ["bar"], [], 5),
  ];
  expect(chosen(variants, "Foo", "1")).toBe("new");
  expect(chosen([...variants, variant("newest", [], [], 9)], "Foo", "1")).toBe("newest");
});

const NAMES = ["accept-language"];

test.each<[sentence: string, language: string, asked: string, key: string | undefined]>([
  ["the one language that is preferred", "de", "fr;q=0.5, de;q=1.0", "k"],
  ["that language in capitals", "DE", "de", "k"],
  ["one of two preferred languages", "de", "de, fr", undefined],
  ["a language that is liked less", "fr", "fr;q=0.5, de", undefined],
  ["a region of the preferred language", "de-AT", "de;q=0.9", undefined],
  ["several languages at once", "de, en", "de;q=0.9", undefined],
])("a response in %s answers another list of languages", (_, language, asked, key) => {
  const stored = variant("k", NAMES, ["Accept-Language", "en, de"], 0, language);
  expect(chosen([stored], "Accept-Language", asked)).toBe(key);
});

test("a language does not stand in for another field, nor go before an exact match", () => {
  const names = [...NAMES, "foo"];
  const other = variant("other", names, ["Accept-Language", "en, de", "Foo", "1"], 9, "de");
  const exact = variant("exact", NAMES, ["Accept-Language", "de;q=0.9"], 0, "fr");
  expect(chosen([other], "Accept-Language", "de;q=0.9", "Foo", "2")).toBeUndefined();
  expect(chosen([other, exact], "Accept-Language", "de;q=0.9", "Foo", "1")).toBe("exact");
});

test("no values make normalising throw, and normalising leaves a normal value alone", () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab ,\\"\t') });
  fc.assert(
    fc.property(fc.array(text), (lines) => {
      const once = value("foo", ...lines);
      if (once !== undefined) expect(value("foo", once)).toBe(once);
    }),
  );
});
