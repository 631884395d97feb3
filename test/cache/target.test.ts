import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeParameter,
  parameterName,
  pathOf,
  ruledTarget,
  sourceTarget,
  targetRefusal,
} from "../../src/cache/target.ts";

const passing = { encodedSlashes: "pass" } as const;
const refusing = { encodedSlashes: "refuse" } as const;

describe("a target passes or is refused", () => {
  test.each([
    ["an ordinary path", "/index/v1/citations/10.1002", undefined],
    ["a query", "/a?b=c&d", undefined],
    ["an empty segment", "//a//b", undefined],
    ["a trailing slash", "/a/", undefined],
    ["a name with dots", "/a..b/.c/d./...", undefined],
    ["an encoded slash, as DOIs and scoped packages need", "/doi/10.1%2Fabc", undefined],
    ["an encoded slash in either case", "/@scope%2fname", undefined],
    ["path parameters", "/a;v=1/b", undefined],
    ["an encoded percent sign before dots", "/%252e%252e/a", undefined],
    ["an encoded space", "/a%20b", undefined],
    ["an encoded non-ASCII character", "/caf%C3%A9", undefined],
    ["a malformed escape, which the source judges", "/100%", undefined],
    ["dots in the query", "/a?b=/../c", undefined],
    ["an encoded control byte in the query", "/a?b=%0A", undefined],
    ["the absolute form", "http://other.example/a", "not-origin-form"],
    ["the asterisk form", "*", "not-origin-form"],
    ["the authority form", "example.com:443", "not-origin-form"],
    ["nothing", "", "not-origin-form"],
    ["a dot segment", "/a/./b", "dot-segment"],
    ["a double dot segment", "/a/../b", "dot-segment"],
    ["a last dot segment", "/a/..", "dot-segment"],
    ["a first dot segment", "/../a", "dot-segment"],
    ["an encoded dot segment", "/a/%2e%2e/b", "dot-segment"],
    ["a half encoded dot segment", "/a/.%2E/b", "dot-segment"],
    ["the other half encoded", "/a/%2e./b", "dot-segment"],
    ["one encoded dot", "/a/%2e/b", "dot-segment"],
    ["a dot segment with a path parameter", "/a/..;x=1/b", "dot-segment"],
    ["a dot segment with an encoded semicolon", "/a/..%3bx/b", "dot-segment"],
    ["a dot segment before an encoded slash", "/a/..%2fb", "dot-segment"],
    ["a dot segment between encoded slashes", "/a%2f..%2Fb", "dot-segment"],
    ["a dot segment behind an encoded backslash", "/a%5c..%5cb", "dot-segment"],
    ["a dot segment right before the query", "/a/..?x", "dot-segment"],
    ["a backslash", "/a\\b", "backslash"],
    ["an encoded NUL", "/a%00", "encoded-control-byte"],
    ["an encoded line feed", "/a%0ab", "encoded-control-byte"],
    ["an encoded carriage return", "/a%0Db", "encoded-control-byte"],
    ["an encoded DEL", "/a%7f", "encoded-control-byte"],
    ["a fragment", "/a#b", "fragment"],
    ["a fragment in the query", "/a?b#c", "fragment"],
    ["a raw space", "/a b", "control-byte"],
    ["a raw tab", "/a\tb", "control-byte"],
    ["a raw NUL", "/a\0b", "control-byte"],
    ["a raw line feed in the query", "/a?b\nc", "control-byte"],
    ["a raw non-ASCII byte", "/caf\u00e9", "not-ascii"],
    ["an overlong encoding, sent as raw bytes", "/\u00c0\u00ae", "not-ascii"],
  ])("%s: %j", (_, target, refusal) => {
    expect(targetRefusal(target, passing)).toBe(refusal);
  });

  test("a route may refuse encoded slashes", () => {
    expect(targetRefusal("/a%2Fb", refusing)).toBe("encoded-slash");
    expect(targetRefusal("/a%5cb", refusing)).toBe("encoded-slash");
    expect(targetRefusal("/a?b=%2F", refusing)).toBeUndefined();
  });

  test("whatever passes has no segment that resolves away, however often it is decoded once", () => {
    const pieces = fc.constantFrom(
      "/",
      ".",
      "..",
      "%2e",
      "%2E",
      "%2f",
      "%5C",
      ";",
      "a",
      "%61",
      "?",
      "%3b",
      "\\",
      "%25",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const target = `/${parts.join("")}`;
        if (targetRefusal(target, passing) !== undefined) return;
        const decoded = decodeURIComponent(pathOf(target)).replaceAll("\\", "/");
        const segments = decoded.split("/").map((segment) => segment.split(";")[0]);
        expect(segments.filter((segment) => segment === "." || segment === "..")).toEqual([]);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("the query rule of a route", () => {
  test.each([
    ["all keeps every byte", { mode: "all" }, "/a?b=1&&a=%7e&", "/a?b=1&&a=%7e&"],
    ["sorted orders by name", { mode: "sorted" }, "/a?b=1&a=2", "/a?a=2&b=1"],
    [
      "sorted keeps the order of equal names",
      { mode: "sorted" },
      "/a?b=2&a=0&b=1",
      "/a?a=0&b=2&b=1",
    ],
    [
      "allow drops what is not listed",
      { mode: "allow", names: ["q"] },
      "/a?x=1&q=2&utm=3",
      "/a?q=2",
    ],
    [
      "allow drops the question mark with the last parameter",
      { mode: "allow", names: ["q"] },
      "/a?x=1",
      "/a",
    ],
    ["ignore drops what is listed", { mode: "ignore", names: ["utm"] }, "/a?x=1&utm=2", "/a?x=1"],
    [
      "ignore sees through an encoded name",
      { mode: "ignore", names: ["utm_id"] },
      "/a?utm%5Fid=1&b",
      "/a?b",
    ],
    [
      "ignore does not split at semicolons",
      { mode: "ignore", names: ["utm"] },
      "/a?b=1;utm=2",
      "/a?b=1;utm=2",
    ],
    ["no query stays no query", { mode: "sorted" }, "/a", "/a"],
  ] as const)("%s", (_, rule, target, ruled) => {
    expect(ruledTarget(target, rule)).toBe(ruled);
  });

  test("a name or value that is not valid encoding stays as it is", () => {
    expect(decodeParameter("%zz")).toBe("%zz");
    expect(parameterName("a+b=c")).toBe("a b");
  });
});

describe("what is sent to the source", () => {
  test.each([
    ["the target itself", "", "", "/index/v1/a?b", "/index/v1/a?b"],
    ["without the stripped prefix", "", "/npm", "/npm/@s%2fp", "/@s%2fp"],
    ["below the source's own path", "/api/npm", "/npm", "/npm/a", "/api/npm/a"],
  ])("%s", (_, basePath, stripPrefix, target, sent) => {
    expect(sourceTarget(target, { basePath, stripPrefix })).toBe(sent);
  });
});
