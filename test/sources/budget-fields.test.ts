import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ResponseFacts } from "../../src/sources/budget.ts";
import { type Learned, learnFrom } from "../../src/sources/budget-fields.ts";
import { inSeconds, NOW } from "../helpers/cache.ts";

const HOUR = 3_600_000;

function learned(fields: readonly string[], facts: Partial<ResponseFacts> = {}): Learned {
  return learnFrom({ status: 200, fields, at: NOW, ...facts }, HOUR);
}

describe("Retry-After", () => {
  test.each<[string, number, number | undefined]>([
    ["30", 429, 30_000],
    ["0", 429, 1_000],
    [inSeconds(90), 429, 90_000],
    [inSeconds(-90), 429, 1_000],
    ["99999999999999999999999999", 429, HOUR],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 429, HOUR],
    ["30", 403, 30_000],
    ["30", 503, 30_000],
    ["7200", 503, 60_000],
    ["0", 503, undefined],
    ["30", 200, undefined],
    ["30", 301, undefined],
    ["30", 404, undefined],
  ])("%s beside a %i means to rest for %s ms", (value, status, restMs) => {
    expect(learned(["Retry-After", value], { status }).restMs).toBe(restMs);
  });

  test.each(["soon", "-1", "1.5", "30 seconds", "2026-01-01", "", "1e9"])(
    "%s is no time: the limit that was hit is guessed at",
    (value) => {
      expect(learned(["Retry-After", value], { status: 429 })).toEqual({ guessMs: 1_000 });
    },
  );

  test("a date is counted from the response's own Date, so that clocks may differ", () => {
    const fields = ["Date", inSeconds(-600), "Retry-After", inSeconds(-590)];
    expect(learned(fields, { status: 429 }).restMs).toBe(10_000);
  });
});

describe("RateLimit", () => {
  test.each<[string, readonly string[], Learned["limit"]]>([
    [
      "the draft of today",
      ["RateLimit-Policy", '"default";q=100;w=60', "RateLimit", '"default";r=50;t=30'],
      { limit: 100, remaining: 50, resetMs: 30_000 },
    ],
    ["without a policy", ["RateLimit", '"default";r=0;t=5'], { remaining: 0, resetMs: 5_000 }],
    [
      "of several limits the one that is nearest to its end",
      [
        "RateLimit-Policy",
        '"b";q=10;w=1, "d";q=1000;w=86400',
        "RateLimit",
        '"b";r=9;t=1, "d";r=3;t=600',
      ],
      { limit: 1000, remaining: 3, resetMs: 600_000 },
    ],
    ["limits on bytes do not count", ["RateLimit", '"b";r=0;t=9;qu="content-bytes"'], undefined],
    ["malformed anywhere", ["RateLimit", '"b";r=0;t=9, ???'], undefined],
    ["without what is left", ["RateLimit", '"b";t=9'], undefined],
    [
      "the three fields of before",
      ["RateLimit-Limit", "100, 100;w=60", "RateLimit-Remaining", "7", "RateLimit-Reset", "12"],
      { limit: 100, remaining: 7, resetMs: 12_000 },
    ],
    [
      "X- with an instant in seconds",
      [
        "X-RateLimit-Limit",
        "60",
        "X-RateLimit-Remaining",
        "59",
        "X-RateLimit-Reset",
        String(NOW / 1_000 + 20),
      ],
      { limit: 60, remaining: 59, resetMs: 20_000 },
    ],
    [
      "X- with an instant in milliseconds",
      ["X-RateLimit-Remaining", "1", "X-RateLimit-Reset", String(NOW + 20_500)],
      { remaining: 1, resetMs: 20_500 },
    ],
    [
      "X- with seconds from now, and a fraction",
      ["X-Rate-Limit-Remaining", "1", "X-Rate-Limit-Reset", "0.25"],
      { remaining: 1, resetMs: 250 },
    ],
    [
      "X- with a date",
      ["X-RateLimit-Remaining", "1", "X-RateLimit-Reset", inSeconds(4)],
      { remaining: 1, resetMs: 4_000 },
    ],
    [
      "an absurd reset is cut",
      ["X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "999999999999999"],
      { remaining: 0, resetMs: HOUR },
    ],
    ["a negative rest", ["X-RateLimit-Remaining", "-1", "X-RateLimit-Reset", "5"], undefined],
    ["no reset", ["X-RateLimit-Remaining", "0"], undefined],
  ])("%s", (_, fields, limit) => {
    expect(learned(fields).limit).toEqual(limit);
  });
});

describe("GitHub", () => {
  const reset = ["X-RateLimit-Reset", String(NOW / 1_000 + 60)];
  const spent = ["X-RateLimit-Limit", "30", "X-RateLimit-Remaining", "0", ...reset];

  test("a spent primary limit is a limit, also beside a 403", () => {
    const fields = [...spent, "X-RateLimit-Resource", "search", "X-GitHub-Request-Id", "A"];
    expect(learned(fields, { status: 403, pool: "search:ab12", limited: true })).toEqual({
      limit: { limit: 30, remaining: 0, resetMs: 60_000 },
    });
  });

  test("a resource says nothing of another pool", () => {
    const fields = [...spent, "X-RateLimit-Resource", "search"];
    expect(learned(fields, { pool: "core:ab12" }).limit).toBeUndefined();
    expect(learned(fields).limit).toBeDefined();
  });

  test("a secondary limit is waited for as it says, and for a minute when it says nothing", () => {
    const left = ["X-RateLimit-Remaining", "4000", ...reset, "X-GitHub-Request-Id", "A"];
    expect(learned([...left, "Retry-After", "25"], { status: 403 }).restMs).toBe(25_000);
    expect(learned(left, { status: 403, limited: true }).guessMs).toBe(60_000);
    expect(learned(left, { status: 403 }).guessMs).toBeUndefined();
  });
});

test("whatever stands in the fields, nothing throws and no time is negative, infinite or longer than the longest", () => {
  const name = fc.constantFrom(
    ...["Retry-After", "Date", "RateLimit", "RateLimit-Policy", "RateLimit-Limit"],
    ...["RateLimit-Remaining", "RateLimit-Reset", "X-RateLimit-Limit", "X-RateLimit-Remaining"],
    ...["X-RateLimit-Reset", "X-RateLimit-Resource", "X-GitHub-Request-Id"],
  );
  const number = fc.oneof(fc.nat(), fc.bigInt(), fc.double()).map(String);
  const parameters = fc.tuple(number, number).map(([r, t]) => `"a";r=${r};t=${t}`);
  const value = fc.oneof(
    number,
    parameters,
    fc.string(),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  );
  const fields = fc.array(fc.tuple(name, value)).map((pairs) => pairs.flat());
  fc.assert(
    fc.property(fields, fc.integer({ min: 100, max: 599 }), (given, status) => {
      const { restMs, guessMs, limit } = learned(given, { status });
      for (const ms of [restMs, guessMs, limit?.resetMs]) {
        if (ms === undefined) continue;
        expect(Number.isSafeInteger(ms) && ms >= 0 && ms <= HOUR).toBe(true);
      }
      if (limit !== undefined) expect(Number.isSafeInteger(limit.remaining)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
