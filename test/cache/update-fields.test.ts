import { expect, test } from "vitest";
import { updatedFields } from "../../src/cache/update-fields.ts";

test.each<[sentence: string, stored: string[], newer: string[], updated: string[]]>([
  [
    "a newer value takes the place of the stored one",
    ["A", "1", "B", "2"],
    ["a", "9"],
    ["a", "9", "B", "2"],
  ],
  ["what is new is added", ["A", "1"], ["B", "2", "C", "3"], ["A", "1", "B", "2", "C", "3"]],
  ["what is not repeated stays", ["A", "1"], [], ["A", "1"]],
  [
    "several lines take the place of one",
    ["A", "1", "B", "2"],
    ["A", "8", "A", "9"],
    ["A", "8", "A", "9", "B", "2"],
  ],
  [
    "one line takes the place of several",
    ["A", "1", "B", "2", "a", "3"],
    ["A", "9"],
    ["A", "9", "B", "2"],
  ],
  ["the length stays", ["Content-Length", "5"], ["Content-Length", "0"], ["Content-Length", "5"]],
  ["the coding stays", ["A", "1"], ["Content-Encoding", "gzip"], ["A", "1"]],
  ["the range stays", ["Content-Range", "x"], ["Content-Range", "y"], ["Content-Range", "x"]],
  [
    "hop-by-hop fields are not taken over",
    ["A", "1"],
    ["Keep-Alive", "x", "Connection", "b", "B", "2"],
    ["A", "1"],
  ],
  [
    "Age and Date are those of the newer response",
    ["Age", "50", "Date", "old"],
    ["Date", "new"],
    ["Date", "new"],
  ],
  [
    "Age and Date are nobody's when the newer response has none",
    ["Age", "50", "Date", "old", "A", "1"],
    [],
    ["A", "1"],
  ],
])("%s", (_, stored, newer, updated) => {
  expect(updatedFields(stored, newer)).toEqual(updated);
});

test.each([
  "Cache-Control",
  "Content-Location",
  "Content-MD5",
  "Content-Type",
  "ETag",
  "Expires",
  "Set-Cookie",
  "X-Frame-Options",
])("%s is updated", (name) => {
  expect(updatedFields([name, "a"], [name, "b"])).toEqual([name, "b"]);
});
