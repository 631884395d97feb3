import fc from "fast-check";
import { expect, test } from "vitest";
import { normalisedLanguages, preferredLanguage } from "../../src/cache/accept-language.ts";

test.each<[sentence: string, one: string, other: string]>([
  ["order among equals", "en, de", "de, en"],
  ["letter case", "en, de", "eN, De"],
  ["blanks", "en, de", " en ,   de"],
  ["blanks round weights", "en;q=0.5", "en ; q=0.5"],
  ["the order of weights", "en;q=0.5, de", "de, en;q=0.5"],
  ["a weight of one", "en", "en;q=1.000"],
  ["zeros after a weight", "en;q=0.5", "en;Q=0.500"],
  ["empty members", "en,,de", "en,de"],
])("%s does not count", (_, one, other) => {
  expect(normalisedLanguages(one)).toBe(normalisedLanguages(other));
});

test.each<[one: string, other: string]>([
  ["en", "de"],
  ["en, de", "en"],
  ["en;q=0.5, de", "en, de;q=0.5"],
  ["en;q=0.501", "en;q=0.5"],
  ["en-GB", "en"],
])("%s and %s differ", (one, other) => {
  expect(normalisedLanguages(one)).not.toBe(normalisedLanguages(other));
});

test.each(["en de", "en;q=2", "en;q=0.1234", "en;x=1", "en_GB", "en;q=", "ü"])(
  "%s is malformed",
  (value) => {
    expect(normalisedLanguages(value)).toBeUndefined();
    expect(preferredLanguage(value)).toBeUndefined();
  },
);

test.each<[value: string, language: string | undefined]>([
  ["de", "de"],
  ["fr;q=0.5, de;q=1.0", "de"],
  ["fr;q=0.5, DE-at;q=0.6", "de-at"],
  ["de, de;q=1", "de"],
  ["en, de", undefined],
  ["*, de;q=0.5", undefined],
  ["de, *;q=0.5", "de"],
  ["de;q=0", undefined],
  ["", undefined],
])("%s prefers %s above all others", (value, language) => {
  expect(preferredLanguage(value)).toBe(language);
});

test("normalising is stable and never throws", () => {
  const text = fc.string({ unit: fc.constantFrom(..."de-*;q=0.15 ,") });
  fc.assert(
    fc.property(text, (value) => {
      const once = normalisedLanguages(value);
      if (once !== undefined) expect(normalisedLanguages(once)).toBe(once);
    }),
  );
});
