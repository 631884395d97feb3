import fc from "fast-check";
import { expect, test } from "vitest";
import { decideReuse } from "../../src/cache/reuse.ts";
import type { FieldList } from "../../src/fields.ts";
import { anEntry, aRequest, aRoute, DAY, fixedFreshness, NOW } from "../helpers/cache.ts";

const CC = "Cache-Control";
const ROUTE = aRoute();

/** The decision so many seconds after the arrival. */
function decide(fields: FieldList, at: number, asked: FieldList = [], route = ROUTE) {
  const entry = anEntry(fields, { route });
  return decideReuse(entry, aRequest(asked), route, NOW + at * 1000);
}

const MINUTE = [CC, "max-age=60"];

test("a response is fresh while its age is below its lifetime, and stale when they are equal", () => {
  expect(decide(MINUTE, 59.999)).toMatchObject({ serve: "fresh", ttlMs: 1 });
  expect(decide(MINUTE, 60)).toEqual({
    serve: "nothing",
    forward: "stale",
    because: "stale",
    validatable: false,
  });
});

test("Age counts against the lifetime", () => {
  expect(decide([...MINUTE, "Age", "50"], 9)).toMatchObject({ serve: "fresh", ttlMs: 1_000 });
  expect(decide([...MINUTE, "Age", "50"], 10)).toMatchObject({ serve: "nothing" });
  expect(decide([CC, "max-age=3600", "Age", "7200"], 0)).toMatchObject({ serve: "nothing" });
});

test("the decision hands on the entry itself", () => {
  const entry = anEntry(MINUTE);
  expect(decideReuse(entry, aRequest(), ROUTE, NOW)).toEqual({
    serve: "fresh",
    entry,
    ttlMs: 60_000,
  });
});

test("must-revalidate only bites when the response is stale", () => {
  const fields = [CC, "max-age=60, must-revalidate, stale-while-revalidate=9", "ETag", '"a"'];
  expect(decide(fields, 59)).toMatchObject({ serve: "fresh" });
  expect(decide(fields, 60)).toMatchObject({ serve: "nothing", validatable: true });
});

test("a response with no-cache is never reused without validation", () => {
  const fields = [CC, "max-age=60, no-cache, stale-while-revalidate=60", "ETag", '"a"'];
  expect(decide(fields, 0)).toEqual({
    serve: "nothing",
    forward: "stale",
    because: "no-cache",
    validatable: true,
  });
});

test.each([
  [[CC, "max-age=60, stale-while-revalidate=30"]],
  [[CC, "s-maxage=60, stale-while-revalidate=30"]],
])("inside stale-while-revalidate a stale response is served and refreshed: %j", (fields) => {
  expect(decide(fields, 89.9)).toMatchObject({
    serve: "stale",
    because: "stale-while-revalidate",
    ttlMs: -29_900,
    refresh: true,
  });
  expect(decide(fields, 90)).toMatchObject({ serve: "nothing" });
});

test.each<[sentence: string, asked: string, at: number, because: string | "served"]>([
  ["no-cache reaches past a fresh response", "no-cache", 5, "request-no-cache"],
  ["max-age is a limit of age", "max-age=4", 5, "request-max-age"],
  ["max-age=0 is one too", "max-age=0", 1, "request-max-age"],
  ["max-age above the age is met", "max-age=5", 5, "served"],
  ["min-fresh is a limit of what is left", "min-fresh=56", 5, "request-min-fresh"],
  ["min-fresh below what is left is met", "min-fresh=55", 5, "served"],
  ["an unreadable wish is none", "max-age=x, min-fresh=-1", 5, "served"],
  ["an unknown directive is none", "foobar", 5, "served"],
  ["no-store does not forbid reuse", "no-store", 5, "served"],
  ["max-stale does not matter while fresh", "max-stale=0", 5, "served"],
])("of a client's wishes: %s", (_, asked, at, because) => {
  const decision = decide([...MINUTE, "ETag", '"a"'], at, [CC, asked]);
  if (because === "served") expect(decision.serve).toBe("fresh");
  else
    expect(decision).toEqual({ serve: "nothing", forward: "request", because, validatable: true });
});

test("a route can ignore its clients' wishes", () => {
  const route = aRoute({ clientCacheControl: "ignore" });
  const asked = [CC, "no-cache, max-age=0, min-fresh=999, only-if-cached"];
  expect(decide(MINUTE, 5, asked, route)).toMatchObject({ serve: "fresh" });
  expect(decide(MINUTE, 65, asked, route)).not.toHaveProperty("gatewayTimeout");
});

test.each<[asked: string, fields: string[], at: number, serve: "stale" | "nothing"]>([
  ["max-stale=10", MINUTE, 70, "stale"],
  ["max-stale=10", MINUTE, 70.001, "nothing"],
  ["max-stale", MINUTE, 9_999, "stale"],
  ["max-stale=1000", [CC, "max-age=1500", "Age", "2000"], 0, "stale"],
  ["max-stale", [CC, "max-age=60, must-revalidate"], 61, "nothing"],
  ["max-stale", [CC, "max-age=60, proxy-revalidate"], 61, "nothing"],
  ["max-stale", [CC, "s-maxage=60"], 61, "nothing"],
  ["max-stale", [CC, "max-age=60, no-cache", "ETag", '"a"'], 1, "nothing"],
  ["max-stale, max-age=30", MINUTE, 61, "nothing"],
  ["max-stale, max-age=90", MINUTE, 61, "stale"],
  ["max-stale, min-fresh=1", MINUTE, 61, "nothing"],
  ["max-stale, no-cache", MINUTE, 61, "nothing"],
])("a client with %s and a response of %j after %d s: %s", (asked, fields, at, serve) => {
  const decision = decide(fields, at, [CC, asked]);
  expect(decision.serve).toBe(serve);
  if (serve === "stale") expect(decision).toMatchObject({ because: "max-stale", refresh: false });
});

const WINDOW = [CC, "max-age=60, stale-while-revalidate=30"];

test.each(["no-cache", "min-fresh=1", "max-age=90", "max-stale=1"])(
  "a client's %s closes the source's window",
  (asked) => {
    expect(decide(WINDOW, 65, [CC, asked])).toMatchObject({ serve: "nothing", forward: "stale" });
  },
);

test("a client's max-stale within the source's window also brings a refresh", () => {
  expect(decide(WINDOW, 65, [CC, "max-stale=9"])).toMatchObject({ serve: "stale", refresh: true });
});

test("only-if-cached is answered from the store or with a 504", () => {
  const asked = [CC, "only-if-cached"];
  expect(decide(MINUTE, 5, asked)).toMatchObject({ serve: "fresh" });
  expect(decide(WINDOW, 65, asked)).toMatchObject({ serve: "stale" });
  expect(decide(MINUTE, 65, asked)).toMatchObject({ serve: "nothing", gatewayTimeout: true });
});

test("fixed freshness is fresh and stale by the operator's word", () => {
  const freshness = fixedFreshness({ staleWhileRevalidateMs: 30_000 });
  const fields = [CC, "no-cache, must-revalidate, max-age=0", "Age", "900"];
  const route = aRoute({ freshness });
  expect(decide(fields, 59, [], route)).toMatchObject({ serve: "fresh", ttlMs: 1_000 });
  expect(decide(fields, 89, [], route)).toMatchObject({ serve: "stale", refresh: true });
  expect(decide(fields, 90, [], route)).toMatchObject({ serve: "nothing" });
});

const PART = [...MINUTE, "Content-Range", "bytes 4-9/10"];

test.each<[asked: FieldList, at: number, method: string, outcome: object]>([
  [["Range", "bytes=5-6"], 0, "GET", { serve: "fresh" }],
  [["Range", "bytes=99-"], 0, "GET", { serve: "fresh" }],
  [["Range", "bytes=0-6"], 0, "GET", { forward: "partial", because: "part-not-held" }],
  [[], 0, "GET", { forward: "partial", because: "part-not-held" }],
  [[], 0, "HEAD", { forward: "partial", because: "part-not-held" }],
  [[], 61, "GET", { forward: "stale", because: "part-not-held" }],
  [["Range", "bytes=5-6"], 61, "GET", { forward: "stale", because: "stale" }],
])("a stored part for a request with %j after %d s by %s", (asked, at, method, outcome) => {
  const entry = anEntry(PART, { status: 206, body: "456789" });
  const request = aRequest(asked, { method });
  expect(decideReuse(entry, request, ROUTE, NOW + at * 1000)).toMatchObject(outcome);
});

test("what is past its end is gone, even where staleness is wanted", () => {
  const route = ROUTE;
  const asked = [CC, "max-stale"];
  expect(decide(MINUTE, (7 * DAY) / 1000 + 60, asked, route)).toEqual({
    serve: "nothing",
    forward: "miss",
    because: "expired",
    validatable: false,
  });
});

test("a clock a little behind that of the storing machine does not matter, one far behind tells nothing", () => {
  expect(decide(MINUTE, -60)).toMatchObject({ serve: "fresh" });
  expect(decide(MINUTE, -61)).toMatchObject({
    serve: "nothing",
    forward: "stale",
    because: "clock",
  });
});

test("wherever the clock stands, nothing is fresh longer than its lifetime and the tolerance", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e15, max: 1e15 }), (at) => {
      const decision = decide(MINUTE, at);
      if (decision.serve === "fresh") expect(decision.ttlMs).toBeLessThanOrEqual(120_000);
    }),
  );
});
