import { expect, test } from "vitest";
import { joinParts, missingRange } from "../../src/cache/join-parts.ts";
import { anEntry, aResponse, inSeconds } from "../helpers/cache.ts";

const FRESH = ["Cache-Control", "max-age=60"];

function part(contentRange: string, body: string, fields: string[] = []) {
  return anEntry([...FRESH, "Content-Range", contentRange, ...fields], { status: 206, body });
}

test.each<[sentence: string, entry: ReturnType<typeof part>, fields: string[] | undefined]>([
  ["a prefix lacks what follows", part("bytes 0-4/10", "01234"), ["Range", "bytes=5-"]],
  ["a prefix of an unknown whole too", part("bytes 0-4/*", "01234"), ["Range", "bytes=5-"]],
  ["a prefix that came short lacks more", part("bytes 0-4/10", "012"), ["Range", "bytes=3-"]],
  [
    "a prefix that came long lacks what was declared",
    part("bytes 0-4/10", "0123456"),
    ["Range", "bytes=5-"],
  ],
  [
    "a strong tag makes it a condition",
    part("bytes 0-4/10", "01234", ["ETag", '"a"']),
    ["Range", "bytes=5-", "If-Range", '"a"'],
  ],
  ["a weak one does not", part("bytes 0-4/10", "01234", ["ETag", 'W/"a"']), ["Range", "bytes=5-"]],
  ["a part that is no prefix", part("bytes 4-9/10", "456789"), undefined],
  ["a prefix that is the whole and came long", part("bytes 0-4/5", "0123456"), undefined],
  ["an empty prefix", part("bytes 0-4/10", ""), undefined],
  ["a complete response", anEntry(FRESH), undefined],
])("%s", (_, entry, fields) => {
  expect(missingRange(entry)).toEqual(fields);
});

const TAG = ["ETag", '"a"'];
const PREFIX = part("bytes 0-4/10", "01234", [...TAG, "A", "1", "B", "1", "Age", "9"]);

function join(fields: string[], body = "56789", status = 206, prefix = PREFIX) {
  return joinParts(prefix, aResponse(fields, status), Buffer.from(body));
}

test("two parts of one representation are a complete response with the newer fields", () => {
  const newer = ["Date", inSeconds(5), "B", "2", ...TAG, "Content-Range", "bytes 5-9/10"];
  const joined = join(newer);
  expect(joined?.body.toString()).toBe("0123456789");
  expect(joined?.response).toEqual({
    status: 200,
    statusText: "OK",
    fields: [...FRESH, ...TAG, "A", "1", "B", "2", "Date", inSeconds(5), "Content-Length", "10"],
  });
});

test("parts may overlap: the newer octets count", () => {
  expect(join([...TAG, "Content-Range", "bytes 3-9/10"], "xyz6789")?.body.toString()).toBe(
    "012xyz6789",
  );
});

test.each<[sentence: string, fields: string[], body?: string, status?: number]>([
  ["the tag is another", ["ETag", '"b"', "Content-Range", "bytes 5-9/10"]],
  ["the tag is missing", ["Content-Range", "bytes 5-9/10"]],
  ["the tag is weak", ["ETag", 'W/"a"', "Content-Range", "bytes 5-9/10"]],
  ["there is a gap", [...TAG, "Content-Range", "bytes 6-9/10"], "6789"],
  ["the end is missing", [...TAG, "Content-Range", "bytes 5-8/10"], "5678"],
  ["octets are missing", [...TAG, "Content-Range", "bytes 5-9/10"], "5678"],
  ["the whole has another length", [...TAG, "Content-Range", "bytes 5-10/11"], "56789a"],
  ["the whole is unknown", [...TAG, "Content-Range", "bytes 5-9/*"]],
  ["the range is unreadable", [...TAG, "Content-Range", "x"]],
  ["it is no part", [...TAG, "Content-Range", "bytes 5-9/10"], "56789", 200],
])("parts are not joined when %s", (_, fields, body, status) => {
  expect(join(fields, body, status)).toBeUndefined();
});

test("parts are not joined to a prefix with a weak tag, or to what is no prefix", () => {
  const rest = ["ETag", 'W/"a"', "Content-Range", "bytes 5-9/10"];
  expect(
    join(rest, "56789", 206, part("bytes 0-4/10", "01234", ["ETag", 'W/"a"'])),
  ).toBeUndefined();
  const tail = part("bytes 4-9/10", "456789", TAG);
  expect(join([...TAG, "Content-Range", "bytes 5-9/10"], "56789", 206, tail)).toBeUndefined();
});
