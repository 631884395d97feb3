import { expect, test } from "vitest";
import {
  invalidatedGroups,
  invalidatedTargets,
  storablePost,
} from "../../src/cache/invalidation.ts";
import type { Route } from "../../src/config/route.ts";
import { aRequest, aResponse, aRoute, inSeconds, NOW } from "../helpers/cache.ts";

const ROUTE = aRoute();
const HOST = ["Host", "front.example"];

function targets(method: string, status: number, fields: string[] = [], route: Route = ROUTE) {
  return invalidatedTargets(aRequest(HOST, { method }), aResponse(fields, status), route);
}

test.each(["POST", "PUT", "DELETE", "PATCH", "M-SEARCH", "FOO", "get"])(
  "%s invalidates its target when it succeeds or redirects, not when it fails",
  (method) => {
    for (const status of [200, 201, 204, 299, 301, 303, 399])
      expect(targets(method, status)).toEqual(["/thing"]);
    for (const status of [199, 400, 404, 500, 503]) expect(targets(method, status)).toEqual([]);
  },
);

test.each(["GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND"])("%s invalidates nothing", (method) => {
  expect(targets(method, 200, ["Location", "/a"])).toEqual([]);
  expect(
    invalidatedGroups(aRequest([], { method }), aResponse(["Cache-Group-Invalidation", '"a"'])),
  ).toEqual([]);
});

test.each<[sentence: string, reference: string, invalidated: string[]]>([
  ["a path", "/a?b", ["/thing", "/a?b"]],
  ["a relative path", "a", ["/thing", "/a"]],
  ["a URI of the source", "http://source.example:9000/a", ["/thing", "/a"]],
  ["a URI of the front", "http://front.example/a", ["/thing", "/a"]],
  ["a URI of the front behind TLS", "https://front.example/a", ["/thing", "/a"]],
  ["a fragment", "/a#b", ["/thing", "/a"]],
  ["another host", "http://other.example/a", ["/thing"]],
  ["another port of the front", "http://front.example:81/a", ["/thing"]],
  ["another scheme of the source", "https://source.example:9000/a", ["/thing"]],
  ["no URI", "http://[", ["/thing"]],
])("Location and Content-Location with %s", (_, reference, invalidated) => {
  expect(targets("POST", 201, ["Location", reference])).toEqual(invalidated);
  expect(targets("POST", 201, ["Content-Location", reference])).toEqual(invalidated);
});

test("both Location and Content-Location are invalidated", () => {
  expect(targets("POST", 201, ["Location", "/a", "Content-Location", "/b"])).toEqual([
    "/thing",
    "/a",
    "/b",
  ]);
});

const MOUNTED = aRoute({ source: { ...ROUTE.source, basePath: "/v2", stripPrefix: "/api" } });

test.each<[sentence: string, reference: string, invalidated: string[]]>([
  ["in the source's terms", "/v2/a", ["/api/thing", "/api/a", "/v2/a"]],
  ["in the client's terms", "/api/a", ["/api/thing", "/api/a"]],
  ["relative", "a", ["/api/thing", "/api/a"]],
])("where a route maps paths, a Location %s is read in both ways", (_, reference, invalidated) => {
  const request = aRequest(HOST, { method: "POST", target: "/api/thing" });
  expect(invalidatedTargets(request, aResponse(["Location", reference]), MOUNTED)).toEqual(
    invalidated,
  );
});

test("the target is invalidated byte for byte", () => {
  const request = aRequest([], { method: "PUT", target: "/%7Ea//b?x=%20&&" });
  expect(invalidatedTargets(request, aResponse(), ROUTE)).toEqual(["/%7Ea//b?x=%20&&"]);
});

test("a successful unsafe request invalidates the groups that its response names", () => {
  const request = aRequest([], { method: "POST" });
  const fields = ["Cache-Group-Invalidation", '"a", "b c"', "cache-group-invalidation", '"d"'];
  expect(invalidatedGroups(request, aResponse(fields))).toEqual(["a", "b c", "d"]);
  expect(invalidatedGroups(request, aResponse(fields, 500))).toEqual([]);
  expect(invalidatedGroups(request, aResponse(["Cache-Group-Invalidation", "a, &"]))).toEqual([]);
});

const EXPLICIT = ["Expires", inSeconds(60), "Date", inSeconds(0)];

test.each<[sentence: string, fields: string[], status: number, storable: boolean]>([
  [
    "explicit freshness and its target as Content-Location",
    [...EXPLICIT, "Content-Location", "/thing"],
    200,
    true,
  ],
  ["a relative Content-Location", [...EXPLICIT, "Content-Location", "thing"], 200, true],
  [
    "an empty Content-Location, which is the target",
    [...EXPLICIT, "Content-Location", ""],
    200,
    true,
  ],
  [
    "an absolute Content-Location",
    [...EXPLICIT, "Content-Location", "http://source.example:9000/thing"],
    200,
    true,
  ],
  ["another Content-Location", [...EXPLICIT, "Content-Location", "/other"], 200, false],
  [
    "the same path elsewhere",
    [...EXPLICIT, "Content-Location", "http://other.example/thing"],
    200,
    false,
  ],
  ["no Content-Location", EXPLICIT, 200, false],
  ["no freshness", ["Content-Location", "/thing"], 200, false],
  [
    "heuristic freshness",
    ["Content-Location", "/thing", "Last-Modified", inSeconds(-999)],
    200,
    false,
  ],
  [
    "a past Expires",
    ["Content-Location", "/thing", "Expires", inSeconds(-9), "Date", inSeconds(0)],
    200,
    false,
  ],
  ["another status", [...EXPLICIT, "Content-Location", "/thing"], 201, false],
])("a POST answered with %s may be stored as a GET", (_, fields, status, storable) => {
  const response = aResponse(fields, status);
  expect(storablePost(aRequest([], { method: "POST" }), response, ROUTE, NOW)).toBe(storable);
  expect(storablePost(aRequest([], { method: "PUT" }), response, ROUTE, NOW)).toBe(false);
});
