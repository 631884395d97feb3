import { expect, test } from "vitest";
import type { ItemKind } from "../../src/config/items.ts";
import { createCheck } from "../../src/items/check.ts";

const SAMPLES: Record<string, unknown> = {
  null: null,
  '""': "",
  text: "x",
  url: "postgres://u:p@h/d",
  zero: 0,
  half: 0.5,
  false: false,
  "{}": {},
  "{a}": { a: 1 },
  "[]": [],
  "[1]": [1],
};

test.each<[ItemKind, string[]]>([
  ["any", Object.keys(SAMPLES)],
  ["value", ["text", "url", "zero", "half", "false", "{a}", "[1]"]],
  ["string", ["text", "url"]],
  ["url", ["url"]],
  ["number", ["zero", "half"]],
  ["integer", ["zero"]],
  ["boolean", ["false"]],
  ["object", ["{}", "{a}"]],
  ["array", ["[]", "[1]"]],
])("of the samples, %s is %j, as a document and as a field", (expected, good) => {
  const whole = createCheck({ expect: expected });
  const field = createCheck({ fields: new Map([["f", "f"]]), expect: expected });
  const passing = (check: (value: unknown) => unknown) =>
    Object.keys(SAMPLES).filter((name) => check(SAMPLES[name]) === undefined);
  expect(passing(whole)).toEqual(good);
  expect(passing((value) => field({ f: value }))).toEqual(good);
});

test("each field can have a kind of its own; those without one may be anything", () => {
  const check = createCheck({
    expect: new Map<string, ItemKind>([
      ["url", "url"],
      ["port", "integer"],
    ]),
  });
  expect(check({ url: "http://h", port: 1, more: null })).toBeUndefined();
  expect(check({ url: "http://h", port: "1" })).toBe("port is not a whole number");
  expect(check({ url: "http://h" })).toBe("port is missing");
  expect(check(null)).toBe("url is missing");
  expect(check([1])).toBe("url is missing");
});

test("a JSON Schema must be satisfied besides, and what is wrong is told without the value", () => {
  const check = createCheck({
    expect: "value",
    schema: {
      type: "object",
      required: ["db"],
      properties: {
        db: { type: "object", properties: { url: { type: "string", pattern: "^postgres:" } } },
      },
    },
  });
  expect(check({ db: { url: "postgres://x" } })).toBeUndefined();
  expect(check({ db: { url: "canary://x" } })).toBe("db.url does not satisfy the schema");
  expect(check([1])).toBe("the value does not satisfy the schema");
});
