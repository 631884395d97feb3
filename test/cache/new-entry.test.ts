import { expect, test } from "vitest";
import { valuesOf } from "../../src/fields.ts";
import { anEntry, aRequest, aRoute, fixedFreshness, inSeconds, NOW } from "../helpers/cache.ts";

const FRESH = ["Cache-Control", "max-age=60"];
const DATED = ["Date", inSeconds(0)];

test("an entry holds the response byte for byte and its fields as they came", () => {
  const fields = [...DATED, ...FRESH, "X-A", "1", "x-a", "2", "Set-Cookie", "a=b"];
  const request = aRequest([], { target: "/a?b=%20" });
  const entry = anEntry(fields, { body: "ü\0", status: 203, request, fence: 7 });
  expect(entry.response).toEqual({
    status: 203,
    statusText: "",
    fields,
    body: Buffer.from("ü\0"),
  });
  expect(entry).toMatchObject({ route: "things", target: "/a?b=%20", fence: 7, storedAt: NOW });
  expect(entry.part).toBeUndefined();
});

test("hop-by-hop fields and fields that Connection names are not stored", () => {
  const fields = [...DATED, "Connection", "a", "A", "1", "Keep-Alive", "x", "B", "2"];
  expect(anEntry(fields).response.fields).toEqual([...DATED, "B", "2"]);
});

test("fields that private or no-cache name are not stored", () => {
  const cacheControl = ["Cache-Control", 'max-age=60, private="A", no-cache="b, C"'];
  const entry = anEntry([...DATED, ...cacheControl, "a", "1", "B", "2", "c", "3", "d", "4"]);
  expect(entry.response.fields).toEqual([...DATED, ...cacheControl, "d", "4"]);
});

test("a response without Date gets the time of its arrival, one with any Date keeps it", () => {
  expect(anEntry([], { responseAt: NOW + 999 }).response.fields).toEqual(["Date", inSeconds(0)]);
  expect(anEntry(["Date", "foo"]).response.fields).toEqual(["Date", "foo"]);
});

test.each([
  ["preset api", aRoute({ preset: "api" })],
  ["fixed freshness", aRoute({ freshness: fixedFreshness() })],
])("cookies are not stored with %s", (_, route) => {
  const entry = anEntry([...FRESH, "Set-Cookie", "a=b", "set-cookie2", "c=d"], { route });
  expect(valuesOf(entry.response.fields, "set-cookie")).toEqual([]);
  expect(valuesOf(entry.response.fields, "set-cookie2")).toEqual([]);
});

test("tags come from the fields that are stored", () => {
  const fields = ["Cache-Tag", "a, b", "Surrogate-Key", "c", "Cache-Groups", '"d"'];
  expect(anEntry(fields).tags).toEqual(["c", "a", "b", "d"]);
});

const REQUEST = aRequest([
  "Accept",
  "x",
  "Accept-Language",
  "de",
  "Authorization",
  "secret",
  "Cookie",
  "secret",
  "X-A",
  "1",
  "X-B",
  "2",
  "Range",
  "bytes=0-1",
  "If-None-Match",
  '"a"',
  "Content-Type",
  "y",
]);

test("with preset transparent an entry remembers what Vary nominates and content negotiation, never credentials", () => {
  const entry = anEntry([...FRESH, "Vary", "x-a, Cookie, Authorization"], { request: REQUEST });
  expect(entry.requestFields).toEqual(["Accept", "x", "Accept-Language", "de", "X-A", "1"]);
});

test("with preset api an entry remembers all that reached the source but credentials and what describes a body", () => {
  const route = aRoute({ preset: "api" });
  const entry = anEntry(FRESH, { request: REQUEST, route });
  expect(entry.requestFields.filter((_, i) => i % 2 === 0)).toEqual([
    "Accept",
    "Accept-Language",
    "X-A",
    "X-B",
    "Range",
    "If-None-Match",
  ]);
});

test.each<[contentRange: string, body: string, part: object]>([
  ["bytes 4-9/10", "456789", { first: 4, completeLength: 10 }],
  ["bytes 4-9/10", "45678", { first: 4, completeLength: 10 }],
  ["bytes 4-9/*", "456789", { first: 4 }],
  ["bytes 0-4/10", "01234", { first: 0, completeLength: 10 }],
])("a 206 declared as %s with the octets %s is a part", (contentRange, body, part) => {
  const entry = anEntry([...FRESH, "Content-Range", contentRange], { status: 206, body });
  expect(entry.part).toEqual(part);
  expect(valuesOf(entry.response.fields, "content-range")).toEqual([contentRange]);
});

test("a 206 with the whole representation is a 200", () => {
  const fields = [...DATED, ...FRESH, "Content-Range", "bytes 0-9/10"];
  const entry = anEntry(fields, { status: 206 });
  expect(entry.part).toBeUndefined();
  expect(entry.response).toMatchObject({
    status: 200,
    statusText: "OK",
    fields: [...DATED, ...FRESH],
  });
});

test("an entry is made even of a 206 that does not say which part it is", () => {
  expect(anEntry(["Content-Range", "nonsense"], { status: 206 }).part).toBeUndefined();
});
