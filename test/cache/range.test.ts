import fc from "fast-check";
import { expect, test } from "vitest";
import type { CacheEntry } from "../../src/cache/entry.ts";
import { answerRange, holdsAnswer } from "../../src/cache/range.ts";
import { type FieldList, valuesOf } from "../../src/fields.ts";
import { anEntry, aRequest, inSeconds } from "../helpers/cache.ts";

const FRESH = ["Cache-Control", "max-age=60"];
const COMPLETE = anEntry(FRESH);

function part(contentRange: string, body: string, fields: FieldList = []): CacheEntry {
  return anEntry([...FRESH, "Content-Range", contentRange, ...fields], { status: 206, body });
}

/** The octets and the declared range of the answer, or its kind. */
function answer(entry: CacheEntry, range: string, ...fields: string[]): string {
  const answered = answerRange(entry, aRequest(["Range", range, ...fields]));
  if (answered.kind === "whole" || answered.kind === "not-held") return answered.kind;
  const declared = valuesOf(answered.fields, "content-range").join();
  if (answered.kind === "unsatisfiable") return declared;
  return `${entry.response.body.toString("latin1", answered.start, answered.end)} ${declared}`;
}

test.each<[range: string, answered: string]>([
  ["bytes=0-1", "01 bytes 0-1/10"],
  ["bytes=2-", "23456789 bytes 2-9/10"],
  ["bytes=-1", "9 bytes 9-9/10"],
  ["bytes=-99", "0123456789 bytes 0-9/10"],
  ["bytes=8-99", "89 bytes 8-9/10"],
  ["bytes=9-9", "9 bytes 9-9/10"],
  ["bytes=10-", "bytes */10"],
  ["bytes=10-12", "bytes */10"],
  ["bytes=99999999999999999999-", "bytes */10"],
  ["bytes=-0", "bytes */10"],
  ["bytes=0-1,4-5", "whole"],
  ["bytes=5-4", "whole"],
  ["items=0-1", "whole"],
])("from a complete response %s gives %s", (range, answered) => {
  expect(answer(COMPLETE, range)).toBe(answered);
});

test("an empty response has no part that could be sent", () => {
  expect(answer(anEntry(FRESH, { body: "" }), "bytes=0-")).toBe("bytes */0");
  expect(answer(anEntry(FRESH, { body: "" }), "bytes=-5")).toBe("whole");
});

test("a part carries the stored fields with its own range and length", () => {
  const entry = anEntry([...FRESH, "Date", inSeconds(0), "A", "1", "Content-Length", "10"]);
  expect(answerRange(entry, aRequest(["Range", "bytes=2-3"]))).toEqual({
    kind: "part",
    fields: [
      ...FRESH,
      "Date",
      inSeconds(0),
      "A",
      "1",
      "Content-Range",
      "bytes 2-3/10",
      "Content-Length",
      "2",
    ],
    start: 2,
    end: 4,
  });
});

test("only a GET with a Range, answered by a 200, is answered in part", () => {
  const asked = ["Range", "bytes=0-1"];
  expect(answerRange(COMPLETE, aRequest())).toEqual({ kind: "whole" });
  expect(answerRange(COMPLETE, aRequest(asked, { method: "HEAD" }))).toEqual({ kind: "whole" });
  expect(answerRange(anEntry(FRESH, { status: 404 }), aRequest(asked))).toEqual({ kind: "whole" });
});

const LATE = "Last-Modified";
const TAGGED = anEntry([...FRESH, "ETag", '"a"', LATE, inSeconds(-60), "Date", inSeconds(0)]);
const WEAK = anEntry([...FRESH, "ETag", 'W/"a"', LATE, inSeconds(0), "Date", inSeconds(0)]);

test.each<[sentence: string, entry: CacheEntry, condition: string, isPart: boolean]>([
  ["the same strong tag holds", TAGGED, '"a"', true],
  ["another tag does not", TAGGED, '"b"', false],
  ["the same tag marked weak does not", TAGGED, 'W/"a"', false],
  ["the same weak tag does not", WEAK, 'W/"a"', false],
  ["the unquoted tag does not", TAGGED, "a", false],
  ["the same date holds", TAGGED, inSeconds(-60), true],
  ["a later date does not", TAGGED, inSeconds(-59), false],
  ["the date of a change in the second of the response does not", WEAK, inSeconds(0), false],
  ["no date and no tag does not", TAGGED, "", false],
])("of If-Range: %s", (_, entry, condition, isPart) => {
  const answered = answer(entry, "bytes=0-1", "If-Range", condition);
  expect(answered).toBe(isPart ? "01 bytes 0-1/10" : "whole");
});

test("If-Range twice does not hold, and alone it asks for nothing", () => {
  expect(answer(TAGGED, "bytes=0-1", "If-Range", '"a"', "If-Range", '"a"')).toBe("whole");
  expect(answerRange(TAGGED, aRequest(["If-Range", '"a"']))).toEqual({ kind: "whole" });
});

const TAIL = part("bytes 4-9/10", "456789");
const MIDDLE = part("bytes 3-5/10", "345");
const OPEN = part("bytes 3-5/*", "345");

test.each<[name: string, entry: CacheEntry, range: string, answered: string]>([
  ["the tail", TAIL, "bytes=6-8", "678 bytes 6-8/10"],
  ["the tail", TAIL, "bytes=6-", "6789 bytes 6-9/10"],
  ["the tail", TAIL, "bytes=-2", "89 bytes 8-9/10"],
  ["the tail", TAIL, "bytes=-6", "456789 bytes 4-9/10"],
  ["the tail", TAIL, "bytes=-7", "not-held"],
  ["the tail", TAIL, "bytes=3-5", "not-held"],
  ["the tail", TAIL, "bytes=0-", "not-held"],
  ["the tail", TAIL, "bytes=10-", "bytes */10"],
  ["the middle", MIDDLE, "bytes=3-5", "345 bytes 3-5/10"],
  ["the middle", MIDDLE, "bytes=4-6", "not-held"],
  ["the middle", MIDDLE, "bytes=4-", "not-held"],
  ["the middle", MIDDLE, "bytes=-2", "not-held"],
  ["the middle of an unknown whole", OPEN, "bytes=4-5", "45 bytes 4-5/*"],
  ["the middle of an unknown whole", OPEN, "bytes=4-", "not-held"],
  ["the middle of an unknown whole", OPEN, "bytes=-1", "not-held"],
  ["the middle of an unknown whole", OPEN, "bytes=9-9", "not-held"],
  ["the tail", TAIL, "bytes=4-5,7-8", "not-held"],
])("from %s, %j, %s gives %s", (_, entry, range, answered) => {
  expect(answer(entry, range)).toBe(answered);
});

const SHORT = part("bytes 4-9/10", "01234");
const OTHER = part("bytes 0-4/10", "01234");
const LONG = part("bytes 4-5/10", "0123456");

test.each<[sentence: string, entry: CacheEntry, range: string, answered: string]>([
  ["too short: the same range again", SHORT, "bytes=-5", "01234 bytes 4-8/10"],
  ["too short: from its first octet on", SHORT, "bytes=6-8", "234 bytes 6-8/10"],
  ["too short: to its end", SHORT, "bytes=6-", "234 bytes 6-8/10"],
  ["too short: its last octet", SHORT, "bytes=-1", "4 bytes 8-8/10"],
  ["too short: the octet that is missing", SHORT, "bytes=9-9", "not-held"],
  ["another than was asked for: the range again", OTHER, "bytes=-5", "not-held"],
  ["another than was asked for: what it is", OTHER, "bytes=0-1", "01 bytes 0-1/10"],
  ["too long: what it declares", LONG, "bytes=4-5", "01 bytes 4-5/10"],
  ["too long: what it does not declare", LONG, "bytes=4-6", "not-held"],
])("a part that is %s", (_, entry, range, answered) => {
  expect(answer(entry, range)).toBe(answered);
});

test("a part answers only requests for octets that are held, a complete response every request", () => {
  expect(holdsAnswer(TAIL, aRequest(["Range", "bytes=4-5"]))).toBe(true);
  expect(holdsAnswer(TAIL, aRequest(["Range", "bytes=99-"]))).toBe(true);
  expect(holdsAnswer(TAIL, aRequest(["Range", "bytes=0-5"]))).toBe(false);
  expect(holdsAnswer(TAIL, aRequest())).toBe(false);
  expect(holdsAnswer(TAIL, aRequest(["Range", "bytes=4-5"], { method: "HEAD" }))).toBe(false);
  expect(holdsAnswer(COMPLETE, aRequest([], { method: "HEAD" }))).toBe(true);
});

test("of a part as declared exactly the octets asked for are sent, or none", () => {
  const whole = "0123456789abcdefghij";
  const position = fc.nat(25);
  fc.assert(
    fc.property(position, position, position, position, (a, b, first, last) => {
      const [start, end] = [Math.min(a, b, 19), Math.min(Math.max(a, b), 19)];
      const entry = part(`bytes ${start}-${end}/20`, whole.slice(start, end + 1));
      const answered = answer(entry, `bytes=${first}-${last}`);
      if (answered === "whole" || answered === "not-held" || answered === "bytes */20") return;
      const wanted = whole.slice(first, last + 1);
      expect(answered).toBe(`${wanted} bytes ${first}-${first + wanted.length - 1}/20`);
    }),
  );
});
