import { expect, test } from "vitest";
import { refusalToStore, type StoreRefusal } from "../../src/cache/storable.ts";
import type { Route } from "../../src/config/route.ts";
import { aRequest, aResponse, aRoute, fixedFreshness, inSeconds, NOW } from "../helpers/cache.ts";

const CC = "Cache-Control";
const CDN = "CDN-Cache-Control";
const FRESH = [CC, "max-age=60"];

function refusal(
  fields: string[],
  status = 200,
  request: string[] = [],
  route: Partial<Route> = {},
) {
  return refusalToStore(aRequest(request), aResponse(fields, status), aRoute(route), NOW);
}

test.each([
  200, 201, 202, 203, 204, 299, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 429, 499,
  500, 501, 502, 503, 504, 599,
])("a %i with explicit freshness is stored", (status) => {
  expect(refusal(FRESH, status)).toBeUndefined();
  expect(refusal(["Expires", inSeconds(60), "Date", inSeconds(0)], status)).toBeUndefined();
});

test.each([100, 103, 199, 304, 407, 412, 416])(
  "a %i says nothing of the resource and is not stored",
  (status) => {
    expect(refusal(FRESH, status)).toBe("status");
  },
);

test.each(["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "M-SEARCH", "get"])(
  "the response to %s is not stored",
  (method) => {
    const request = aRequest([], { method });
    expect(refusalToStore(request, aResponse(FRESH), aRoute(), NOW)).toBe("method");
  },
);

test.each<[sentence: string, fields: string[], refusal: StoreRefusal | undefined]>([
  ["no-store forbids", [CC, "no-store"], "no-store"],
  ["no-store forbids in any case", [CC, "No-StOrE, max-age=60"], "no-store"],
  ["no-store forbids beside Expires", [CC, "no-store", "Expires", inSeconds(60)], "no-store"],
  ["no-store forbids on a second line", [...FRESH, CC, "no-store"], "no-store"],
  ["no-store forbids after a semicolon", [CC, "max-age=60; no-store"], "no-store"],
  ["private forbids", [CC, "private, max-age=60"], "private"],
  ["private with fields permits", [CC, 'private="a", max-age=60'], undefined],
  ["no-cache with a validator permits", [CC, "no-cache", "ETag", '"a"'], undefined],
  ["no-cache without one is useless", [CC, "no-cache, max-age=60"], "no-freshness"],
  ["a targeted max-age beats no-store", [CC, "no-store", CDN, "max-age=60"], undefined],
  ["a targeted no-store beats max-age", [...FRESH, CDN, "no-store"], "no-store"],
  ["a targeted private beats max-age", [...FRESH, CDN, "private"], "private"],
  [
    "a malformed targeted field counts for nothing",
    [CC, "no-store", CDN, "max-age=60, &"],
    "no-store",
  ],
  ["a targeted wrong type gives nothing", [CC, "no-store", CDN, 'max-age="9"'], "no-freshness"],
  ["Vary: * never matches", [...FRESH, "Vary", "a, *"], "vary"],
  ["a Set-Cookie with explicit freshness permits", [...FRESH, "Set-Cookie", "a=b"], undefined],
  ["a Set-Cookie without it forbids", ["ETag", '"a"', "Set-Cookie", "a=b"], "set-cookie"],
  [
    "a Set-Cookie to be validated forbids",
    [CC, "max-age=60, no-cache", "ETag", '"a"', "Set-Cookie", "a=b"],
    "set-cookie",
  ],
  [
    "a Set-Cookie that is not stored permits",
    [CC, 'no-cache="set-cookie"', "ETag", '"a"', "Set-Cookie", "a=b"],
    undefined,
  ],
])("%s", (_, fields, expected) => {
  expect(refusal(fields)).toBe(expected);
});

test.each<[sentence: string, fields: string[], status: number, refusal: StoreRefusal | undefined]>([
  ["nothing to go by", [], 200, "no-freshness"],
  ["max-age=0 and nothing else", [CC, "max-age=0"], 200, "no-freshness"],
  ["max-age=0 and an entity tag", [CC, "max-age=0", "ETag", '"a"'], 200, undefined],
  ["max-age=0 and a window", [CC, "max-age=0, stale-while-revalidate=5"], 200, undefined],
  ["an entity tag alone", ["ETag", '"a"'], 200, undefined],
  ["Last-Modified alone", ["Last-Modified", inSeconds(-60)], 200, undefined],
  ["an empty entity tag", ["ETag", ""], 200, "no-freshness"],
  ["a validator on a status without heuristics", ["ETag", '"a"'], 503, "no-freshness"],
  ["a validator and public on that status", ["ETag", '"a"', CC, "public"], 503, undefined],
  [
    "Expires beside a targeted field on that status",
    ["ETag", '"a"', "Expires", inSeconds(60), CDN, "foo"],
    503,
    "no-freshness",
  ],
  ["a past Expires", ["Expires", inSeconds(-60), "Date", inSeconds(0)], 200, "no-freshness"],
  ["more Age than lifetime", [CC, "max-age=60", "Age", "900"], 200, undefined],
])("a response with %s", (_, fields, status, expected) => {
  expect(refusal(fields, status)).toBe(expected);
});

test.each<[cacheControl: string, status: number, refusal: StoreRefusal | undefined]>([
  ["must-understand, max-age=60", 200, undefined],
  ["must-understand, max-age=60", 599, "not-understood"],
  ["must-understand, no-store, max-age=60", 200, undefined],
  ["must-understand, no-store, max-age=60", 599, "not-understood"],
  ["must-understand =1, no-store, max-age=60", 200, "no-store"],
  ["must-understand, private, max-age=60", 200, "private"],
])("%s on a %i", (cacheControl, status, expected) => {
  expect(refusal([CC, cacheControl], status)).toBe(expected);
});

const AUTHORIZED = ["Authorization", "secret"];

test.each<[cacheControl: string, refusal: StoreRefusal | undefined]>([
  ["max-age=60", "authorization"],
  ["max-age=60, proxy-revalidate", "authorization"],
  ["s-maxage=x, max-age=60", "authorization"],
  ["max-age=60, must-revalidate =1", "authorization"],
  ["max-age=60, public", undefined],
  ["max-age=60, must-revalidate", undefined],
  ["s-maxage=60", undefined],
  ["s-maxage=60, private", "private"],
])("the answer to a request with Authorization and %s", (cacheControl, expected) => {
  expect(refusal([CC, cacheControl], 200, AUTHORIZED)).toBe(expected);
});

test.each<
  [sentence: string, cacheControl: string, request: string[], refusal: StoreRefusal | undefined]
>([
  ["an authorized answer", "max-age=60", AUTHORIZED, undefined],
  ["an authorized private answer", "private, max-age=60", AUTHORIZED, undefined],
  ["an authorized answer with no-store", "no-store", AUTHORIZED, "no-store"],
  ["a private answer to nobody", "private, max-age=60", [], "private"],
  [
    "a private answer beside a cookie",
    "private, max-age=60",
    [...AUTHORIZED, "Cookie", "a"],
    "private",
  ],
  [
    "an authorized answer beside a cookie",
    "max-age=60",
    [...AUTHORIZED, "Cookie", "a"],
    "authorization",
  ],
])("with entries per principal: %s", (_, cacheControl, request, expected) => {
  expect(refusal([CC, cacheControl], 200, request, { perPrincipal: true })).toBe(expected);
});

test("a client's no-store forbids storing, unless the route ignores its clients", () => {
  const request = [CC, "no-store"];
  expect(refusal(FRESH, 200, request)).toBe("request-no-store");
  expect(refusal(FRESH, 200, request, { clientCacheControl: "ignore" })).toBeUndefined();
});

test.each<
  [sentence: string, request: string[], contentRange: string, refusal: StoreRefusal | undefined]
>([
  ["the part that was asked for", ["Range", "bytes=4-9"], "bytes 4-9/10", undefined],
  ["another part than was asked for", ["Range", "bytes=-5"], "bytes 0-4/10", undefined],
  ["a part of unknown whole", ["Range", "bytes=4-9"], "bytes 4-9/*", undefined],
  ["a part that nobody asked for", [], "bytes 4-9/10", "partial"],
  ["a part that does not say which", ["Range", "bytes=4-9"], "nonsense", "partial"],
])("a 206 with %s", (_, request, contentRange, expected) => {
  expect(refusal([...FRESH, "Content-Range", contentRange], 206, request)).toBe(expected);
});

test("several parts in one 206 are not stored", () => {
  const fields = [...FRESH, "Content-Type", "multipart/byteranges; boundary=x"];
  expect(refusal(fields, 206, ["Range", "bytes=0-1,4-5"])).toBe("partial");
});

test.each<[status: number, listed: number[] | undefined, refusal: StoreRefusal | undefined]>([
  [200, undefined, undefined],
  [301, undefined, undefined],
  [400, undefined, "error-status"],
  [404, undefined, "error-status"],
  [500, undefined, "error-status"],
  [404, [200, 404], undefined],
  [500, [200, 404], "error-status"],
])("with preset api, a %i where the guards list %j", (status, listed, expected) => {
  const guards = {
    json: false,
    jsonPaths: [],
    ...(listed === undefined ? {} : { status: listed }),
  };
  expect(refusal(FRESH, status, [], { preset: "api", guards })).toBe(expected);
});

test.each<[sentence: string, fields: string[], status: number, refusal: StoreRefusal | undefined]>([
  ["a 200 that says nothing", [], 200, undefined],
  ["a 200 with no-cache", [CC, "no-cache"], 200, undefined],
  ["a 200 with max-age=0 and must-revalidate", [CC, "max-age=0, must-revalidate"], 200, undefined],
  ["a 200 with a cookie", ["Set-Cookie", "a=b"], 200, undefined],
  ["a 200 with no-store", [CC, "no-store"], 200, "no-store"],
  ["a 200 with private", [CC, "private"], 200, "private"],
  ["a 200 with Vary: *", ["Vary", "*"], 200, "vary"],
  ["a listed status", [], 404, undefined],
  ["an unlisted status", FRESH, 301, "unlisted-status"],
  ["an unlisted error", FRESH, 500, "unlisted-status"],
])("with fixed freshness: %s", (_, fields, status, expected) => {
  const freshness = fixedFreshness({ perStatus: new Map([[404, 10_000]]) });
  expect(refusal(fields, status, [], { freshness })).toBe(expected);
});

test("with fixed freshness an authorized answer still needs the source's word or a key per principal", () => {
  const freshness = fixedFreshness();
  expect(refusal([], 200, AUTHORIZED, { freshness })).toBe("authorization");
  expect(refusal([CC, "public"], 200, AUTHORIZED, { freshness })).toBeUndefined();
  expect(refusal([], 200, AUTHORIZED, { freshness, perPrincipal: true })).toBeUndefined();
});

test("Expires without a Date counts from the arrival", () => {
  expect(refusal(["Expires", inSeconds(60)])).toBeUndefined();
  expect(refusal(["Expires", inSeconds(-60)])).toBe("no-freshness");
});
