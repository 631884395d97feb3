import { expect, test } from "vitest";
import { bypassReason } from "../../src/cache/bypass.ts";
import { aRequest, aRoute } from "../helpers/cache.ts";

const ROUTE = aRoute({
  bypass: {
    query: [
      ["nocache", "1"],
      ["a b", "c=d"],
      ["debug", ""],
    ],
    methods: ["PURGE"],
    fields: ["x-debug"],
  },
});

test.each<[target: string, bypasses: boolean]>([
  ["/x?nocache=1", true],
  ["/x?a=1&nocache=1&b=2", true],
  ["/x?no%63ache=%31", true],
  ["/x?a+b=c%3Dd", true],
  ["/x?debug", true],
  ["/x?debug=", true],
  ["/x?nocache=12", false],
  ["/x?nocache=", false],
  ["/x?nocache", false],
  ["/x?NOCACHE=1", false],
  ["/x?xnocache=1", false],
  ["/x?a=1;nocache=1", false],
  ["/x?a=nocache=1", false],
  ["/nocache=1", false],
  ["/x?", false],
  ["/x", false],
])("by its query %s goes past the store: %s", (target, bypasses) => {
  expect(bypassReason(aRequest([], { target }), ROUTE)).toBe(bypasses ? "query" : undefined);
});

test("listed methods go past the store", () => {
  expect(bypassReason(aRequest([], { method: "PURGE" }), ROUTE)).toBe("method");
  expect(bypassReason(aRequest([], { method: "GET" }), ROUTE)).toBeUndefined();
});

test("requests with a listed field go past the store, whatever its value", () => {
  expect(bypassReason(aRequest(["X-Debug", ""]), ROUTE)).toBe("field x-debug");
  expect(bypassReason(aRequest(["X-Debugger", "1"]), ROUTE)).toBeUndefined();
});

test("a client's no-store goes past the store, unless the route ignores its clients", () => {
  const request = aRequest(["Cache-Control", "no-store"]);
  expect(bypassReason(request, aRoute())).toBe("request-no-store");
  expect(bypassReason(request, aRoute({ clientCacheControl: "ignore" }))).toBeUndefined();
  expect(bypassReason(aRequest(["Cache-Control", "no-cache"]), aRoute())).toBeUndefined();
});
