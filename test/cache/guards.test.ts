import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { guardRefusal } from "../../src/cache/guards.ts";
import type { RouteGuards } from "../../src/config/route.ts";
import { anEntry, aResponse } from "../helpers/cache.ts";

function refusal(guards: Partial<RouteGuards>, body = "", fields: string[] = [], status = 200) {
  const all = { json: false, jsonPaths: [], ...guards };
  return guardRefusal(all, aResponse(fields, status), Buffer.from(body));
}

test("without guards everything passes", () => {
  expect(refusal({}, "", [], 500)).toBeUndefined();
});

test.each<[status: number, refused: string | undefined]>([
  [200, undefined],
  [404, undefined],
  [500, "status 500 is not expected"],
  [204, "status 204 is not expected"],
])("of the expected statuses 200 and 404, %i: %s", (status, refused) => {
  expect(refusal({ status: [200, 404] }, "", [], status)).toBe(refused);
});

test("a listed error need not look like a good answer, an unlisted one must", () => {
  expect(refusal({ status: [200, 404], json: true, minBytes: 99 }, "x", [], 404)).toBeUndefined();
  expect(refusal({ status: [300], json: true }, "x", [], 300)).toBeUndefined();
  expect(refusal({ status: [200, 299], json: true }, "x", [], 299)).toBe("the body is not JSON");
  expect(refusal({ json: true }, "x", [], 404)).toBe("the body is not JSON");
});

const JSON_TYPES = { contentType: ["application/json", "Text/*"] };

test.each<[type: string | undefined, refused: string | undefined]>([
  ["application/json", undefined],
  ["Application/JSON; charset=utf-8", undefined],
  ["text/csv", undefined],
  ["application/json-seq", "content type application/json-seq is not expected"],
  ["textual/x", "content type textual/x is not expected"],
  [undefined, "content type is missing"],
])("content type %s: %s", (type, refused) => {
  expect(refusal(JSON_TYPES, "", type === undefined ? [] : ["Content-Type", type])).toBe(refused);
});

test("a body must have its least number of bytes", () => {
  expect(refusal({ minBytes: 3 }, "ab")).toBe("2 bytes are fewer than 3");
  expect(refusal({ minBytes: 3 }, "abc")).toBeUndefined();
});

function shrunk(
  from: number,
  to: number,
  fields: string[] = [],
  before = anEntry([], { body: "x".repeat(from) }),
) {
  const guards = { json: false, jsonPaths: [], maxShrink: 0.2 };
  return guardRefusal(guards, aResponse(fields), Buffer.alloc(to), before);
}

test("a body may not be much smaller than the stored one", () => {
  expect(shrunk(100, 80)).toBeUndefined();
  expect(shrunk(100, 79)).toBe("79 bytes are more than 20 % fewer than 100");
  expect(shrunk(100, 900)).toBeUndefined();
  expect(refusal({ maxShrink: 0 }, "x")).toBeUndefined();
});

test("sizes are compared between complete good answers in one coding only", () => {
  expect(shrunk(100, 10, ["Content-Encoding", "gzip"])).toBeUndefined();
  expect(shrunk(0, 1, [], anEntry([], { status: 404, body: "x".repeat(100) }))).toBeUndefined();
});

const DOCUMENT = JSON.stringify({ data: { items: [{ id: 0 }], none: null, "a.b": 1 }, empty: "" });

test.each<[path: string, present: boolean]>([
  ["data", true],
  ["data.items", true],
  ["data.items.0", true],
  ["data.items.0.id", true],
  ["empty", true],
  ["data.items.1", false],
  ["data.none", false],
  ["data.none.x", false],
  ["data.missing", false],
  ["empty.x", false],
  ["toString", false],
  ["data.items.length.x", false],
])("in a JSON body %s is present: %s", (path, present) => {
  const refused = refusal({ jsonPaths: ["data", path] }, DOCUMENT);
  expect(refused).toBe(present ? undefined : `${path} is missing`);
});

test.each(["", "{", "<html>", "{} x"])("%j is not JSON", (body) => {
  expect(refusal({ json: true }, body)).toBe("the body is not JSON");
});

test("a coded body is looked into, or refused when that cannot be done", () => {
  const guards = { json: false, jsonPaths: ["data"] };
  const gzip = aResponse(["Content-Encoding", "gzip"]);
  expect(guardRefusal(guards, gzip, gzipSync(DOCUMENT))).toBeUndefined();
  expect(guardRefusal(guards, gzip, gzipSync("{}"))).toBe("data is missing");
  expect(guardRefusal(guards, gzip, Buffer.from(DOCUMENT))).toBe(
    "the content coding cannot be undone",
  );
});
