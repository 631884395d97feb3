import fc from "fast-check";
import { expect, test } from "vitest";
import { matchesSegments, matchesShell } from "../../src/items/glob.ts";

test.each([
  ["/heroku/*", "/heroku/url", true],
  ["/heroku/*", "/heroku/a/b/c", true],
  ["/heroku/*", "/heroku/", true],
  ["/heroku/*", "/heroku", false],
  ["/heroku/*", "/Heroku/url", false],
  ["*", "", true],
  ["*", "/anything/at/all", true],
  ["", "", true],
  ["", "/", false],
  ["/a?c", "/abc", true],
  ["/a?c", "/a/c", true],
  ["/a?c", "/ac", false],
  ["/[abc]", "/b", true],
  ["/[abc]", "/d", false],
  ["/[!abc]", "/d", true],
  ["/[!abc]", "/a", false],
  ["/[a-c]x", "/bx", true],
  ["/[a-c]x", "/dx", false],
  ["/[]]", "/]", true],
  ["/[!]]", "/]", false],
  ["/[-a]", "/-", true],
  ["/[ab", "/[ab", true],
  ["/a.c", "/abc", false],
  ["/a+", "/a+", true],
  ["/(a|b)", "/a", false],
  ["*/url", "/a/b/url", true],
  ["*a*b*", "xaxbx", true],
  ["*a*b*", "xbxax", false],
  ["/**", "/a/b", true],
])("shell: %s on %s: %s", (pattern, path, expected) => {
  expect(matchesShell(pattern, path)).toBe(expected);
});

test.each([
  ["/heroku/*", "/heroku/url", true],
  ["/heroku/*", "/heroku/a/b", false],
  ["/heroku/*", "/heroku/", true],
  ["/heroku/*", "/heroku", false],
  ["/heroku/**", "/heroku/a/b", true],
  ["/heroku/**", "/heroku", true],
  ["/**/url", "/a/b/url", true],
  ["/**/url", "/url", true],
  ["/**/url", "/a/curl", false],
  ["/*/url", "/a/b/url", false],
  ["/a*/b?", "/abc/bx", true],
  ["/a*/b?", "/abc/b/", false],
  ["/**/a/**/b", "/x/a/y/z/b", true],
  ["/**/a/**/b", "/x/b/y/a", false],
  ["**", "/a", true],
  ["/a**", "/abc", true],
  ["/a**", "/a/b", false],
])("segments: %s on %s: %s", (pattern, path, expected) => {
  expect(matchesSegments(pattern, path)).toBe(expected);
});

test("a pattern of stars gives up soon, however it is laid out", () => {
  const pattern = `${"*a".repeat(100)}b`;
  expect(matchesShell(pattern, "a".repeat(5_000))).toBe(false);
  expect(matchesSegments("/**/a".repeat(100), "/a".repeat(2_000))).toBe(true);
  expect(matchesSegments(`${"/**/a".repeat(100)}/b`, "/a".repeat(2_000))).toBe(false);
});

test("stars, question marks and letters match what a regular expression of them does", () => {
  const pattern = fc.string({ unit: fc.constantFrom("*", "?", "a", "b", "/"), maxLength: 8 });
  const path = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 8 });
  fc.assert(
    fc.property(pattern, path, (glob, text) => {
      const regular = new RegExp(`^${glob.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
      expect(matchesShell(glob, text)).toBe(regular.test(text));
    }),
    { numRuns: 2_000 },
  );
});
