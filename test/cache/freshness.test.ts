import fc from "fast-check";
import { expect, test } from "vitest";
import { isHeuristicallyCacheable, lifetimes } from "../../src/cache/freshness.ts";
import { aResponse, aRoute, DAY, fixedFreshness, inSeconds, NOW } from "../helpers/cache.ts";

const ORIGIN = aRoute();

/** Seconds of freshness under the source's own fields. */
function fresh(fields: string[], status = 200): number {
  return lifetimes(aResponse(fields, status), ORIGIN, NOW, 0).freshMs / 1000;
}

const CC = "Cache-Control";
const CDN = "CDN-Cache-Control";
const NOW_DATE = ["Date", inSeconds(0)];

test.each<[sentence: string, fields: string[], seconds: number]>([
  ["max-age is the lifetime", [CC, "max-age=3600"], 3600],
  ["max-age=0 is none", [CC, "max-age=0"], 0],
  ["s-maxage goes before a longer max-age", [CC, "max-age=3600, s-maxage=1"], 1],
  ["s-maxage goes before a shorter max-age", [CC, "max-age=1", CC, "s-maxage=3600"], 3600],
  [
    "s-maxage goes before max-age=0 and a past Expires",
    [CC, "max-age=0, s-maxage=9", "Expires", inSeconds(-10)],
    9,
  ],
  ["an invalid s-maxage is not saved by max-age", [CC, "s-maxage=x, max-age=3600"], 0],
  [
    "max-age goes before a past Expires",
    [CC, "max-age=3600", "Expires", inSeconds(-7200), ...NOW_DATE],
    3600,
  ],
  [
    "max-age goes before an invalid Expires",
    [CC, "max-age=3600", "Expires", "0", ...NOW_DATE],
    3600,
  ],
  [
    "max-age=0 beats a future Expires",
    [CC, "max-age=0", "Expires", inSeconds(3600), ...NOW_DATE],
    0,
  ],
  ["an invalid max-age beats a future Expires", [CC, "max-age=x", "Expires", inSeconds(3600)], 0],
  ["no-cache leaves none", [CC, "max-age=3600, no-cache"], 0],
  ["no-cache for one field leaves all", [CC, 'max-age=3600, no-cache="a"'], 3600],
  ["must-revalidate leaves all", [CC, "max-age=3600, must-revalidate"], 3600],
  ["2^31 does not wrap", [CC, "max-age=2147483648"], 2147483648],
  ["a number beyond 2^31 is as good as that", [CC, "max-age=99999999999"], 2147483648],
  ["nothing said is no freshness", [], 0],
])("%s", (_, fields, seconds) => {
  expect(fresh(fields)).toBe(seconds);
});

test.each<[sentence: string, fields: string[], seconds: number]>([
  ["counts from Date", ["Expires", inSeconds(20), "Date", inSeconds(10)], 10],
  [
    "counts from Date, also when Date is slow",
    ["Expires", inSeconds(10), "Date", inSeconds(-10)],
    20,
  ],
  [
    "older than Date is no freshness, although both are ahead",
    ["Expires", inSeconds(300), "Date", inSeconds(400)],
    0,
  ],
  ["equal to Date is no freshness", ["Expires", inSeconds(0), ...NOW_DATE], 0],
  ["counts from the arrival without a Date", ["Expires", inSeconds(10)], 10],
  ["counts from the arrival with an invalid Date", ["Expires", inSeconds(10), "Date", "foo"], 10],
  ["of 0 is no freshness", ["Expires", "0", ...NOW_DATE], 0],
  [
    "on two lines is no freshness",
    ["Expires", inSeconds(9), "Expires", inSeconds(9), ...NOW_DATE],
    0,
  ],
  [
    "of the year 9999 is as good as 2^31 seconds",
    ["Expires", "Fri, 31 Dec 9999 23:59:59 GMT", ...NOW_DATE],
    2147483648,
  ],
  ["in RFC 850 counts", ["Expires", "Thursday, 15-Jan-26 12:00:10 GMT", ...NOW_DATE], 10],
  ["in asctime counts as UTC", ["Expires", "Thu Jan 15 12:00:10 2026", ...NOW_DATE], 10],
  [
    "that is invalid keeps heuristics away",
    ["Expires", "x", "Last-Modified", inSeconds(-1000), ...NOW_DATE],
    0,
  ],
])("Expires %s", (_, fields, seconds) => {
  expect(fresh(fields)).toBe(seconds);
});

test.each<[sentence: string, fields: string[], seconds: number]>([
  ["beats a longer Cache-Control", [CC, "max-age=3600", CDN, "max-age=1"], 1],
  ["beats a shorter Cache-Control", [CC, "max-age=1", CDN, "max-age=3600"], 3600],
  ["beats a past Expires", ["Expires", inSeconds(-9), CDN, "max-age=3600", ...NOW_DATE], 3600],
  ["beats an invalid Expires", ["Expires", "0", CDN, "max-age=3600"], 3600],
  ["of max-age=0 beats a future Expires", ["Expires", inSeconds(9), CDN, "max-age=0"], 0],
  [
    "of no-cache beats Cache-Control and Expires",
    [CC, "max-age=9", "Expires", inSeconds(9), CDN, "no-cache"],
    0,
  ],
  [
    "without a lifetime leaves only heuristics",
    [CC, "max-age=9", "Expires", inSeconds(9), CDN, "foo"],
    0,
  ],
  ["with a String gives nothing", [CC, "max-age=9", CDN, 'max-age="10000"'], 0],
  [
    "that is malformed leaves Cache-Control in force",
    [CC, "max-age=9", CDN, "max-age=1000, &&&"],
    9,
  ],
  ["that is empty leaves Cache-Control in force", [CC, "max-age=9", CDN, ""], 9],
])("a targeted field %s", (_, fields, seconds) => {
  expect(fresh(fields)).toBe(seconds);
});

const MODIFIED = ["Last-Modified", inSeconds(-1000), ...NOW_DATE];

test.each([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501])(
  "a %i is fresh for a tenth of the time since its last change",
  (status) => {
    expect(fresh(MODIFIED, status)).toBe(100);
    expect(isHeuristicallyCacheable(status)).toBe(true);
  },
);

test.each([201, 202, 302, 403, 500, 502, 503, 504, 599])(
  "a %i has no heuristic freshness unless it is public",
  (status) => {
    expect(fresh(MODIFIED, status)).toBe(0);
    expect(fresh([...MODIFIED, CC, "public"], status)).toBe(100);
  },
);

test.each<[sentence: string, fields: string[], seconds: number]>([
  ["is at most a day", ["Last-Modified", "Thu, 01 Jan 1970 00:00:00 GMT", ...NOW_DATE], 86_400],
  ["is none for a change after Date", ["Last-Modified", inSeconds(10), ...NOW_DATE], 0],
  ["is none for an unreadable change", ["Last-Modified", "x", ...NOW_DATE], 0],
  ["is none for a response that sets a cookie", [...MODIFIED, "Set-Cookie", "a=b"], 0],
  ["counts to the arrival without a Date", ["Last-Modified", inSeconds(-1000)], 100],
])("heuristic freshness %s", (_, fields, seconds) => {
  expect(fresh(fields)).toBe(seconds);
});

test.each<[cacheControl: string, whileRevalidate: number, ifError: number]>([
  ["max-age=1, stale-while-revalidate=5, stale-if-error=7", 5_000, 7_000],
  ["s-maxage=1, stale-while-revalidate=5, stale-if-error=7", 5_000, 7_000],
  ["max-age=1, stale-while-revalidate=x, stale-if-error", 0, 0],
  ["max-age=1, stale-while-revalidate=5, stale-if-error=7, must-revalidate", 0, 0],
  ["max-age=1, stale-while-revalidate=5, stale-if-error=7, proxy-revalidate", 0, 0],
  ["max-age=1, stale-while-revalidate=5, stale-if-error=7, no-cache", 0, 0],
])("%s: windows of %i and %i ms", (cacheControl, whileRevalidate, ifError) => {
  const known = lifetimes(aResponse([CC, cacheControl]), ORIGIN, NOW, 0);
  expect(known.staleWhileRevalidateMs).toBe(whileRevalidate);
  expect(known.staleIfErrorMs).toBe(ifError);
});

test("freshness is explicit when the source gave it, not when it was guessed or fixed", () => {
  const fixed = aRoute({ freshness: fixedFreshness() });
  const explicit = (fields: string[], route = ORIGIN) =>
    lifetimes(aResponse(fields), route, NOW, 0).explicit;
  expect(explicit([CC, "max-age=1"])).toBe(true);
  expect(explicit([CC, "max-age=0"])).toBe(false);
  expect(explicit([CC, "max-age=1, no-cache"])).toBe(false);
  expect(explicit(MODIFIED)).toBe(false);
  expect(explicit([CC, "max-age=1"], fixed)).toBe(false);
});

const FIXED = fixedFreshness({
  freshForMs: DAY,
  staleWhileRevalidateMs: 5,
  staleIfErrorMs: 7,
  perStatus: new Map([[404, 10_000]]),
  jitter: 0.1,
});

test.each([
  "max-age=0",
  "max-age=999999, s-maxage=1",
  "no-cache",
  "must-revalidate, proxy-revalidate",
  "stale-while-revalidate=0, stale-if-error=0",
])("fixed freshness takes the place of %s", (cacheControl) => {
  const response = aResponse([CC, cacheControl, "Expires", "0"]);
  expect(lifetimes(response, aRoute({ freshness: FIXED }), NOW, 0)).toEqual({
    freshMs: DAY,
    explicit: false,
    staleWhileRevalidateMs: 5,
    staleIfErrorMs: 7,
  });
});

test("a status with a lifetime of its own has no windows of staleness, any other status no lifetime", () => {
  const of = (status: number) =>
    lifetimes(aResponse([], status), aRoute({ freshness: FIXED }), NOW, 0);
  expect(of(404)).toMatchObject({ freshMs: 10_000, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 });
  expect(of(500)).toMatchObject({ freshMs: 0 });
});

test("jitter shortens a fixed lifetime, by no more than its share", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (random) => {
      const { freshMs } = lifetimes(aResponse(), aRoute({ freshness: FIXED }), NOW, random);
      expect(freshMs).toBeLessThanOrEqual(DAY);
      expect(freshMs).toBeGreaterThanOrEqual(DAY * 0.9);
    }),
  );
  expect(lifetimes(aResponse([CC, "max-age=100"]), ORIGIN, NOW, 1).freshMs).toBe(100_000);
});

test("no field values make a lifetime negative, endless or longer than a number written in them", () => {
  const pieces = ["max-age=", "s-maxage=", "60", "9", ",", ", ", '"', ";", " ", "x=", "no-cache"];
  const text = fc.string({ unit: fc.constantFrom(...pieces) });
  fc.assert(
    fc.property(text, text, text, text, (cacheControl, targeted, expires, date) => {
      const fields = [CC, cacheControl, CDN, targeted, "Expires", expires, "Date", date];
      const seconds = fresh(fields);
      expect(seconds).toBeGreaterThanOrEqual(0);
      expect(seconds).toBeLessThanOrEqual(2 ** 31);
      const written = `${cacheControl} ${targeted}`.match(/\d+/g)?.map(Number) ?? [0];
      expect(seconds).toBeLessThanOrEqual(Math.max(...written));
    }),
  );
});
