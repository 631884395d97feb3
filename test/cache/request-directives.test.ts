import { expect, test } from "vitest";
import { obeyedDirectives } from "../../src/cache/request-directives.ts";
import { aRequest, aRoute } from "../helpers/cache.ts";

function asked(...fields: string[]) {
  return obeyedDirectives(aRequest(fields), aRoute());
}

const NOTHING = { noCache: false, noStore: false, onlyIfCached: false };

test.each<[cacheControl: string, says: object]>([
  ["no-cache", { ...NOTHING, noCache: true }],
  ["No-Store", { ...NOTHING, noStore: true }],
  ["only-if-cached", { ...NOTHING, onlyIfCached: true }],
  ["max-age=0", { ...NOTHING, maxAgeMs: 0 }],
  ["min-fresh=5", { ...NOTHING, minFreshMs: 5_000 }],
  ["max-stale=5", { ...NOTHING, maxStaleMs: 5_000 }],
  ["max-stale", { ...NOTHING, maxStaleMs: Number.POSITIVE_INFINITY }],
  ["stale-if-error=5", { ...NOTHING, staleIfErrorMs: 5_000 }],
  ["max-age=x, min-fresh, max-stale=x, max-stale = 5", NOTHING],
  ["foobar, no-transform", NOTHING],
  ["max-age=99999999999", { ...NOTHING, maxAgeMs: 2 ** 31 * 1_000 }],
])("a request with %s", (cacheControl, says) => {
  expect(asked("Cache-Control", cacheControl)).toEqual(says);
});

test("several lines are one list", () => {
  expect(asked("Cache-Control", "max-age=1", "cache-control", "no-cache")).toEqual({
    ...NOTHING,
    maxAgeMs: 1_000,
    noCache: true,
  });
});

test("Pragma says nothing", () => {
  expect(asked("Pragma", "no-cache")).toEqual(NOTHING);
});

test("a request without Cache-Control costs no new object", () => {
  expect(asked("A", "1")).toBe(asked("B", "2"));
});

test("a route that ignores its clients' Cache-Control reads none of it", () => {
  const request = aRequest(["Cache-Control", "no-cache, no-store, only-if-cached, max-age=0"]);
  expect(obeyedDirectives(request, aRoute({ clientCacheControl: "ignore" }))).toEqual(NOTHING);
});
