import fc from "fast-check";
import { expect, test } from "vitest";
import { forbidsStale, responseDirectives } from "../../src/cache/response-directives.ts";

function of(cacheControl: string) {
  return responseDirectives(["Cache-Control", cacheControl], true);
}

test.each<[directive: string, member: keyof ReturnType<typeof of>]>([
  ["no-store", "noStore"],
  ["No-StOrE", "noStore"],
  ["max-age=9, no-store", "noStore"],
  ["no-store=x", "noStore"],
  ["private", "private"],
  ["private=", "private"],
  ["no-cache", "noCache"],
  ["No-CaChE", "noCache"],
  ["public", "public"],
  ["must-revalidate", "mustRevalidate"],
  ["proxy-revalidate", "mustRevalidate"],
  ["must-revalidate", "grantsByMustRevalidate"],
  ["s-maxage=1", "grantsBySharedMaxAge"],
])("%s sets %s", (directive, member) => {
  expect(of(directive)[member]).toBe(true);
});

test.each<[directive: string, member: keyof ReturnType<typeof of>]>([
  ["max-age=9", "noStore"],
  ['ext="no-store"', "noStore"],
  ["public =1", "public"],
  ["public=no", "public"],
  ["must-revalidate =1", "grantsByMustRevalidate"],
  ["proxy-revalidate", "grantsByMustRevalidate"],
  ["s-maxage=x", "grantsBySharedMaxAge"],
  ["s-maxage", "grantsBySharedMaxAge"],
])("%s does not set %s", (directive, member) => {
  expect(of(directive)[member]).toBe(false);
});

test.each<[directive: string, hidden: string[]]>([
  ['no-cache="a"', ["a"]],
  ['no-cache="A, b"', ["a", "b"]],
  ["private=set-cookie", ["set-cookie"]],
  ['private="a", no-cache="b", private="c"', ["b", "a", "c"]],
])("%s hides the fields it names and leaves the response reusable", (directive, hidden) => {
  const directives = of(directive);
  expect([...directives.hidden]).toEqual(hidden);
  expect([directives.noCache, directives.private]).toEqual([false, false]);
});

test.each([
  "private",
  'private="a", private',
  'private=""',
  'private="a b"',
  'private="a,"',
  'private="cache-control"',
  'private="a, Vary"',
  'private="age"',
])("%s is about the whole response", (directive) => {
  expect(of(directive).private).toBe(true);
});

test("seconds are given in milliseconds", () => {
  const text = "max-age=1, s-maxage=2, stale-while-revalidate=3, stale-if-error=4";
  expect(of(text)).toMatchObject({
    maxAgeMs: 1_000,
    sharedMaxAgeMs: 2_000,
    staleWhileRevalidateMs: 3_000,
    staleIfErrorMs: 4_000,
  });
});

test("numbers that cannot be read are zero, and absent ones are absent", () => {
  expect(of("max-age=x, s-maxage=-1, stale-while-revalidate=x")).toMatchObject({
    maxAgeMs: 0,
    sharedMaxAgeMs: 0,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 0,
  });
  expect(of("foo")).toMatchObject({ maxAgeMs: undefined, sharedMaxAgeMs: undefined });
});

test.each<[directives: string, forbids: boolean]>([
  ["max-age=1", false],
  ["max-age=1, no-cache", true],
  ['max-age=1, no-cache="a"', false],
  ["max-age=1, must-revalidate", true],
  ["max-age=1, proxy-revalidate", true],
  ["s-maxage=1", true],
  ["s-maxage=x", true],
])("%s: stale reuse forbidden is %s", (directives, forbids) => {
  expect(forbidsStale(of(directives))).toBe(forbids);
});

const BOTH = ["Cache-Control", "no-store, max-age=1", "CDN-Cache-Control", "max-age=100"];

test("a valid targeted field takes the place of Cache-Control", () => {
  expect(responseDirectives(BOTH, true)).toMatchObject({
    targeted: true,
    noStore: false,
    maxAgeMs: 100_000,
  });
});

test("a route can choose not to obey the targeted field", () => {
  expect(responseDirectives(BOTH, false)).toMatchObject({
    targeted: false,
    noStore: true,
    maxAgeMs: 1_000,
  });
});

test("no text makes it throw, and whatever surrounds no-store cannot hide it but quotes", () => {
  const noise = fc.string({ unit: fc.constantFrom(..." ,;=\\xz[]'") });
  fc.assert(
    fc.property(noise, noise, (before, after) => {
      expect(of(`${before},no-store${after === "" ? "" : `,${after}`}`).noStore).toBe(true);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(() => of(text)).not.toThrow();
    }),
  );
});
