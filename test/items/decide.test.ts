import { expect, test } from "vitest";
import { decideItem, freshnessLeft } from "../../src/items/decide.ts";

const record = { body: Buffer.from("1"), goodAt: 1_000_000 };
const fresh = { mode: "fresh", freshForMs: 60_000, maxAgeMs: 100_000 } as const;
const source = { mode: "source", freshForMs: 60_000, maxAgeMs: 100_000 } as const;
const { maxAgeMs: _, ...forever } = fresh;

test.each([
  ["nothing is stored: the source is asked", fresh, undefined, false, 0, "asked, alone"],
  [
    "nothing is stored and the source failed: it is asked all the same",
    fresh,
    undefined,
    true,
    0,
    "asked, alone",
  ],
  ["fresh", fresh, record, false, 0, "stored"],
  ["fresh to the last", fresh, record, false, 59_999, "stored"],
  ["fresh, and a source that failed does not matter", fresh, record, true, 59_999, "stored"],
  ["stale: served, and refreshed behind", fresh, record, false, 60_000, "stored, refresh"],
  ["stale, and the source failed a moment ago", fresh, record, true, 60_000, "stored, resting"],
  ["nearly too old", fresh, record, false, 99_999, "stored, refresh"],
  ["too old to be served", fresh, record, false, 100_000, "asked, alone"],
  ["never too old", forever, record, false, 10 ** 12, "stored, refresh"],
  ["from a clock that was ahead", fresh, record, false, -50_000, "stored"],
  ["source first", source, record, false, 0, "asked, stands in"],
  ["source first, and it failed a moment ago", source, record, true, 0, "stored, resting"],
  ["source first, and what is stored is too old", source, record, false, 100_000, "asked, alone"],
])("%s", (_name, rules, stored, resting, ageMs, expected) => {
  const decision = decideItem(rules, stored, resting, record.goodAt + ageMs);
  const words =
    decision.serve === "asked"
      ? ["asked", decision.standIn === undefined ? "alone" : "stands in"]
      : [
          "stored",
          ...(decision.refresh ? ["refresh"] : []),
          ...(decision.resting ? ["resting"] : []),
        ];
  expect(words.join(", ")).toBe(expected);
});

test("what the source is asked for every time is stale at once", () => {
  expect(freshnessLeft(source, record, record.goodAt + 5)).toBe(-5);
  expect(freshnessLeft(fresh, record, record.goodAt + 5)).toBe(59_995);
});
