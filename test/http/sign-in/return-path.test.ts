import fc from "fast-check";
import { expect, test } from "vitest";
import { returnPath } from "../../../src/http/sign-in/return-path.ts";

test.each([
  ["/", "/"],
  ["/user/github/octocat", "/user/github/octocat"],
  ["/user/github/octocat?period=2_years", "/user/github/octocat?period=2_years"],
  ["/a/../user", "/user"],
  ["/?next=https://evil.example", "/?next=https://evil.example"],
  ["/user#fragment", "/user"],
])("the path %s is kept as %s", (wish, path) => {
  expect(returnPath(wish)).toBe(path);
});

test.each([
  undefined,
  null,
  7,
  {},
  ["/user"],
  "",
  "user",
  "https://evil.example/",
  "http:evil.example",
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "\t//evil.example",
  " //evil.example",
  "/.//evil.example",
  "/x/..//evil.example",
  "/%2e//evil.example",
  "/./%2e%2e//evil.example",
  "javascript:alert(1)",
  "data:text/html,x",
  "/ü",
  "/a b",
  "/a\u0000b",
  "/a\r\nSet-Cookie: x=1",
  "/auth/login",
  "/auth/callback?code=1",
  "/AUTH/logout",
  "/x/../auth/login",
  `/${"x".repeat(2_000)}`,
])("%j leads to the start page", (wish) => {
  expect(returnPath(wish)).toBe("/");
});

test("whatever is wished for, a browser stays on the site", () => {
  const piece = fc.constantFrom(
    "/",
    "\\",
    ".",
    "..",
    "%2e",
    "%5c",
    "evil.example",
    "@",
    ":",
    "?",
    "#",
    "\t",
    "\n",
    "http:",
    "a",
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
      (wish) => {
        for (const base of ["https://site.example", "http://site.example:8888/user/x?y"])
          expect(new URL(returnPath(wish), base).host).toBe(new URL(base).host);
      },
    ),
    { numRuns: 2_000 },
  );
});
