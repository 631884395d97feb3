import { expect, test } from "vitest";
import { decideReuse } from "../../src/cache/reuse.ts";
import { freshen, freshenFromHead, validationFields } from "../../src/cache/validation.ts";
import { valuesOf } from "../../src/fields.ts";
import {
  anArrival,
  anEntry,
  aRequest,
  aResponse,
  aRoute,
  fixedFreshness,
  inSeconds,
  NOW,
} from "../helpers/cache.ts";

const CC = "Cache-Control";
const LATER = anArrival({ requestAt: NOW + 100_000, responseAt: NOW + 100_000, fence: 2 });
const ENTRY = anEntry([
  CC,
  "max-age=60",
  "Date",
  inSeconds(0),
  "Age",
  "5",
  "ETag",
  '"a"',
  "A",
  "1",
]);

test.each<[sentence: string, fields: string[], sent: string[]]>([
  ["a tag is sent exactly", ["ETag", '"a"'], ["If-None-Match", '"a"']],
  ["a weak tag keeps its prefix", ["ETag", 'W/"a"'], ["If-None-Match", 'W/"a"']],
  ["an unquoted tag stays unquoted", ["ETag", "a"], ["If-None-Match", "a"]],
  [
    "a date is sent exactly, even a strange one",
    ["Last-Modified", "2020"],
    ["If-Modified-Since", "2020"],
  ],
  [
    "both are sent",
    ["Last-Modified", "x", "ETag", '"a"'],
    ["If-None-Match", '"a"', "If-Modified-Since", "x"],
  ],
  ["nothing is sent without a validator", [], []],
  ["an empty validator is none", ["ETag", ""], []],
])("%s", (_, fields, sent) => {
  expect(validationFields(anEntry(fields))).toEqual(sent);
});

test("a 304 makes the entry fresh anew, from its own Age and Date and with its own fields", () => {
  const entry = freshen(ENTRY, aResponse([CC, "max-age=30", "Age", "2", "B", "2"], 304), LATER);
  expect(entry.response).toEqual({
    ...ENTRY.response,
    fields: [
      CC,
      "max-age=30",
      "Age",
      "2",
      "ETag",
      '"a"',
      "A",
      "1",
      "B",
      "2",
      "Date",
      inSeconds(100),
    ],
  });
  expect(entry).toMatchObject({
    bornAt: NOW + 98_000,
    staleAt: NOW + 128_000,
    storedAt: NOW + 100_000,
    fence: 2,
  });
});

test("a 304 that repeats nothing freshens the entry by its stored lifetime", () => {
  const entry = freshen(ENTRY, aResponse([], 304), LATER);
  expect(entry.staleAt).toBe(NOW + 160_000);
  expect(valuesOf(entry.response.fields, "age")).toEqual([]);
});

test("the entry that was validated is left alone", () => {
  const before = structuredClone(ENTRY.response.fields);
  freshen(ENTRY, aResponse(["A", "2"], 304), LATER);
  expect(ENTRY.response.fields).toEqual(before);
});

test("a 304 with no-cache has every later request ask the source", () => {
  const entry = freshen(ENTRY, aResponse([CC, "no-cache"], 304), LATER);
  const decision = decideReuse(entry, aRequest(), aRoute(), LATER.responseAt);
  expect(decision).toMatchObject({ serve: "nothing", because: "no-cache", validatable: true });
});

test.each(["no-store", "private"])("a 304 with %s can be sent and is then gone", (directive) => {
  const entry = freshen(ENTRY, aResponse([CC, directive], 304), LATER);
  expect(entry.response.body).toBe(ENTRY.response.body);
  expect(entry.deleteAt).toBe(LATER.responseAt);
  expect(decideReuse(entry, aRequest(), aRoute(), LATER.responseAt).serve).toBe("nothing");
});

test.each<[sentence: string, stored: string[], received: string[]]>([
  ["another tag", ["ETag", '"a"'], ["ETag", '"b"']],
  ["another weak tag", ["ETag", 'W/"a"'], ["ETag", 'W/"b"']],
  ["a tag where none was stored", ["Last-Modified", inSeconds(-9)], ["ETag", '"b"']],
  [
    "another date, with no tags",
    ["Last-Modified", inSeconds(-9)],
    ["Last-Modified", inSeconds(-10)],
  ],
])("a 304 with %s updates nothing and ends the entry", (_, stored, received) => {
  const before = anEntry([CC, "max-age=60", ...stored]);
  const entry = freshen(before, aResponse([...received, "A", "2", CC, "max-age=900"], 304), LATER);
  expect(entry.response).toBe(before.response);
  expect(entry).toMatchObject({ deleteAt: LATER.responseAt, fence: 2, bornAt: before.bornAt });
});

test.each<[sentence: string, stored: string, received: string, kept: string]>([
  ["the same tag", '"a"', '"a"', '"a"'],
  ["the same weak tag", 'W/"a"', 'W/"a"', 'W/"a"'],
  ["the tag without its prefix: weak stays weak", 'W/"a"', '"a"', 'W/"a"'],
  ["the tag with a prefix: strong becomes weak", '"a"', 'W/"a"', 'W/"a"'],
])("a 304 with %s is about the entry", (_, stored, received, kept) => {
  const before = anEntry([CC, "max-age=60", "ETag", stored]);
  const entry = freshen(before, aResponse(["ETag", received], 304), LATER);
  expect(entry.staleAt).toBe(NOW + 160_000);
  expect(valuesOf(entry.response.fields, "etag")).toEqual([kept]);
});

test("a 304 to a tag may bring another date", () => {
  const before = anEntry([CC, "max-age=60", "ETag", '"a"', "Last-Modified", inSeconds(-9)]);
  const entry = freshen(before, aResponse(["Last-Modified", inSeconds(-5)], 304), LATER);
  expect(valuesOf(entry.response.fields, "last-modified")).toEqual([inSeconds(-5)]);
});

test("a 304 cannot bring what the route does not store, and fixed freshness begins anew", () => {
  const route = aRoute({ preset: "api", freshness: fixedFreshness() });
  const before = anEntry(["ETag", '"a"'], { route });
  const entry = freshen(before, aResponse(["Set-Cookie", "a=b"], 304), { ...LATER, route });
  expect(valuesOf(entry.response.fields, "set-cookie")).toEqual([]);
  expect(entry.staleAt).toBe(NOW + 160_000);
});

test("a validated part stays a part", () => {
  const fields = [CC, "max-age=60", "ETag", '"a"', "Content-Range", "bytes 4-9/10"];
  const before = anEntry(fields, { status: 206, body: "456789" });
  const entry = freshen(before, aResponse(["Content-Range", "bytes 0-1/2"], 304), LATER);
  expect(entry).toMatchObject({ part: { first: 4, completeLength: 10 }, staleAt: NOW + 160_000 });
});

test.each<[sentence: string, received: string[]]>([
  ["nothing that identifies it", []],
  ["the same tag", ["ETag", '"a"']],
  ["the same length", ["Content-Length", "10"]],
])("a HEAD answered 200 with %s freshens the entry", (_, received) => {
  const entry = freshenFromHead(
    ENTRY,
    aResponse([CC, "max-age=1000", "A", "2", ...received]),
    LATER,
  );
  expect(entry).toMatchObject({
    staleAt: NOW + 1_100_000,
    response: { body: ENTRY.response.body },
  });
  expect(valuesOf(entry === "mismatch" ? [] : entry.response.fields, "a")).toEqual(["2"]);
});

test.each<[sentence: string, received: string[]]>([
  ["another tag", ["ETag", '"b"']],
  ["a date that is not stored", ["Last-Modified", inSeconds(0)]],
  ["another length", ["Content-Length", "11"]],
  ["no length", ["Content-Length", "x"]],
])("a HEAD answered 200 with %s ends the entry", (_, received) => {
  expect(freshenFromHead(ENTRY, aResponse(received), LATER)).toBe("mismatch");
});

test("a HEAD answered 200 ends a stored error", () => {
  const missing = anEntry([CC, "max-age=60"], { status: 404 });
  expect(freshenFromHead(missing, aResponse([]), LATER)).toBe("mismatch");
});

test.each([404, 410, 500, 503, 301])("a HEAD answered %i says nothing of the entry", (status) => {
  expect(freshenFromHead(ENTRY, aResponse([CC, "max-age=1000"], status), LATER)).toBe(ENTRY);
});

test("the length of a part is compared with that of its whole", () => {
  const fields = [CC, "max-age=60", "Content-Range", "bytes 4-9/10"];
  const entry = anEntry(fields, { status: 206, body: "456789" });
  expect(freshenFromHead(entry, aResponse(["Content-Length", "10"]), LATER)).not.toBe("mismatch");
  expect(freshenFromHead(entry, aResponse(["Content-Length", "6"]), LATER)).toBe("mismatch");
});
