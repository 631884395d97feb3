import { expect, test } from "vitest";
import {
  mustForward,
  notModifiedFields,
  preconditionOutcome,
} from "../../src/cache/precondition.ts";
import { anEntry, aRequest, inSeconds } from "../helpers/cache.ts";

const CC = "Cache-Control";

function outcome(stored: string[], asked: string[], status = 200, method = "GET") {
  const entry = anEntry([CC, "max-age=60", "Date", inSeconds(0), ...stored], { status });
  return preconditionOutcome(entry, aRequest(asked, { method }));
}

const HELD = "not-modified";
const TAG = ["ETag", '"abcdef"'];

test.each<[sentence: string, stored: string[], asked: string[], outcome: string]>([
  ["the same strong tag", TAG, ['"abcdef"'], HELD],
  ["the same tag marked weak", TAG, ['W/"abcdef"'], HELD],
  ["the same weak tag", ["ETag", 'W/"abcdef"'], ['W/"abcdef"'], HELD],
  ["the first of a list", TAG, ['"abcdef", "1234", "5678"'], HELD],
  ["the middle of a list", TAG, ['"1234", "abcdef", "5678"'], HELD],
  ["the last of a list", TAG, ['"1234", "5678", "abcdef"'], HELD],
  ["one on a second line", TAG, ['"1234"', '"abcdef"'], HELD],
  ["a list with empty members", TAG, [', ,"abcdef",'], HELD],
  ["any tag", TAG, ["*"], HELD],
  ["any tag where none is stored", [], ["*"], HELD],
  ["a tag with octets beyond ASCII", ["ETag", '"abcdefü"'], ['"abcdefü"'], HELD],
  ["another tag", TAG, ['"1234"'], "none"],
  ["a tag within another", TAG, ['"abcdef, x"'], "none"],
  ["a tag where none is stored", [], ['"abcdef"'], "none"],
  ["an empty list", TAG, [""], "none"],
])("of If-None-Match: %s", (_, stored, lines, expected) => {
  const asked = lines.flatMap((line) => ["If-None-Match", line]);
  expect(outcome(stored, asked)).toBe(expected);
});

const MODIFIED = ["Last-Modified", inSeconds(-3000)];

test.each<[sentence: string, stored: string[], asked: string[], outcome: string]>([
  ["the same date", MODIFIED, [inSeconds(-3000)], HELD],
  ["a later date", MODIFIED, [inSeconds(-2000)], HELD],
  ["the same date in RFC 850", MODIFIED, ["Thursday, 15-Jan-26 11:10:00 GMT"], HELD],
  ["an earlier date", MODIFIED, [inSeconds(-3001)], "none"],
  ["no date", MODIFIED, ["0"], "none"],
  ["two dates", MODIFIED, [inSeconds(0), inSeconds(0)], "none"],
  ["without Last-Modified, a date not before Date", [], [inSeconds(0)], HELD],
  ["without Last-Modified, a date before Date", [], [inSeconds(-3000)], "none"],
  [
    "with an unreadable Last-Modified, a date before Date",
    ["Last-Modified", "x"],
    [inSeconds(-1)],
    "none",
  ],
])("of If-Modified-Since: %s", (_, stored, lines, expected) => {
  const asked = lines.flatMap((line) => ["If-Modified-Since", line]);
  expect(outcome(stored, asked)).toBe(expected);
});

test("without Last-Modified and a readable Date the time of arrival counts", () => {
  const entry = anEntry(["Date", "x"]);
  const asked = (date: string) => preconditionOutcome(entry, aRequest(["If-Modified-Since", date]));
  expect(asked(inSeconds(0))).toBe(HELD);
  expect(asked(inSeconds(-1))).toBe("none");
});

test("If-None-Match goes before If-Modified-Since", () => {
  const stored = [...TAG, "Last-Modified", inSeconds(-5000)];
  const since = (at: number) => ["If-Modified-Since", inSeconds(at)];
  expect(outcome(stored, ["If-None-Match", '"abcdef"', ...since(-9000)])).toBe(HELD);
  expect(outcome(stored, ["If-None-Match", '"other"', ...since(0)])).toBe("none");
});

test("only GET and HEAD, and only a stored 200 or 206, are judged", () => {
  const asked = ["If-None-Match", "*"];
  expect(outcome(TAG, asked, 200, "HEAD")).toBe(HELD);
  expect(outcome(TAG, asked, 200, "POST")).toBe("none");
  expect(outcome(TAG, asked, 206)).toBe(HELD);
  expect(outcome(TAG, asked, 404)).toBe("none");
  expect(outcome(TAG, asked, 301)).toBe("none");
});

test("a request without a condition is not judged", () => {
  expect(outcome(TAG, ["If-Range", '"abcdef"'])).toBe("none");
});

test("a 304 carries what updates a copy and what browsers check, and nothing about a body", () => {
  const kept = [
    "ETag",
    '"a"',
    CC,
    "x",
    "Content-Location",
    "/a",
    "Date",
    "x",
    "Expires",
    "x",
    "Vary",
    "a",
    "CDN-Cache-Control",
    "x",
    "Access-Control-Allow-Origin",
    "*",
    "Content-Security-Policy",
    "x",
  ];
  const dropped = [
    "Content-Type",
    "x",
    "Content-Length",
    "5",
    "Content-Encoding",
    "gzip",
    "Content-Language",
    "de",
    "Content-Range",
    "x",
    "Content-MD5",
    "x",
    "Repr-Digest",
    "x",
    "Last-Modified",
    "x",
  ];
  expect(notModifiedFields([...dropped, ...kept])).toEqual(kept);
});

test("Last-Modified is in a 304 where there is no tag", () => {
  expect(notModifiedFields(["Last-Modified", "x"])).toEqual(["Last-Modified", "x"]);
});

test.each(["If-Match", "If-Unmodified-Since"])("%s is for the origin to judge", (name) => {
  expect(mustForward(aRequest([name, "x"]))).toBe(true);
  expect(mustForward(aRequest(["If-None-Match", "x", "If-Range", "x"]))).toBe(false);
});
