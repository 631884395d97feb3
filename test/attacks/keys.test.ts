/** Targets and values made to look like parts of keys, patterns or commands of the store. */
import fc from "fast-check";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { keyScope, primaryKey, variantKey } from "../../src/cache/key.ts";
import { entryKey } from "../../src/redis/keys.ts";
import { aRoute } from "../helpers/cache.ts";
import { startFront, type TestFront } from "../helpers/front.ts";
import { reflecting } from "./twins.ts";

/** What stands for something in keys, patterns, protocols and scripts. */
const TARGETS = [
  ..."/* /? /[a-z] /a:b /a::b /{a} /{a}b /wf1:e:{a} /a|b /a|accept:text/csv /$5 /*3 /a,b /a+b /%".split(
    " ",
  ),
  ..."/a;FLUSHALL /a'b /a\"b /a`b /return(1) /KEYS[1] /ARGV[1] /__proto__ /constructor /toString".split(
    " ",
  ),
  ..."/a?x=* /a?x=[^a] /a?x=\\* /a?x=%00 /a?x=%0d%0aFLUSHALL /a?v /a?accept:3:a/b /a?p=0".split(
    " ",
  ),
];

async function keysOf(front: TestFront): Promise<string[]> {
  const client = new Redis(front.redis.url);
  const keys = await client.keys("*");
  client.disconnect();
  return keys;
}

/** A prefix of ours, and a digest of fixed length in braces. */
const KEY = /^wf1:[a-z]+:\{[\w-]{43}\}$/;

test("whatever a target says, its key is a digest, and no target has that of another", async () => {
  await using front = await startFront({ freshness: { freshForMs: 60_000 } });
  front.origin.on(reflecting());
  for (const target of TARGETS) await front.ask(target);
  for (const target of TARGETS) {
    const answer = await front.ask(target);
    expect(answer.cacheStatus, target).toContain("hit");
    expect((JSON.parse(answer.text) as string[])[1]).toBe(target);
  }
  const entries = (await keysOf(front)).filter((key) => key.startsWith("wf1:e:"));
  expect(entries).toHaveLength(TARGETS.length);
  for (const key of entries) expect(key).toMatch(KEY);
});

test("a change of a target that looks like a pattern touches that one alone", async () => {
  await using front = await startFront({ freshness: { freshForMs: 60_000 } });
  front.origin.on(reflecting());
  for (const target of TARGETS) await front.ask(target);
  for (const target of ["/*", "/[a-z]", "/a?x=*", "/{a}"]) {
    await front.ask(target, { method: "POST" });
    for (const other of TARGETS) {
      const { cacheStatus } = await front.ask(other);
      expect({ target, other, hit: cacheStatus.includes("hit") }).toEqual({
        target,
        other,
        hit: other !== target,
      });
    }
  }
});

test("a value that is keyed may be long and odd, and is a key like all others", async () => {
  const key = { query: { mode: "all" }, fields: ["x-tenant"] } as const;
  await using front = await startFront({ key, freshness: { freshForMs: 60_000 } });
  front.origin.on(reflecting());
  const values = [
    "*",
    "a:b",
    "3:a",
    "{a}",
    "\\0",
    "x".repeat(12_000),
    `${"x".repeat(11_999)}y`,
    "\xff",
    "|",
  ];
  for (const round of ["miss", "hit"]) {
    for (const value of values) {
      const { text } = await front.ask("/doc", { headers: { "X-Tenant": value } });
      const fields = (JSON.parse(text) as [string, string, string[]])[2];
      expect(fields[fields.indexOf("x-tenant") + 1], round).toBe(value);
    }
  }
  expect(front.origin.requests).toHaveLength(values.length);
  for (const one of await keysOf(front)) if (/^wf1:[efs]:/.test(one)) expect(one).toMatch(KEY);
});

test("a key of a megabyte is as long in the store as any other", () => {
  const long = entryKey(`/${"x".repeat(1_048_576)}`);
  expect(long).toMatch(KEY);
  expect(long).not.toBe(entryKey(`/${"x".repeat(1_048_575)}y`));
});

/** What can stand in a target, and in a field value. */
const target = fc.string({ unit: fc.constantFrom(..."/a:?*|v3p{}[]\\%0"), maxLength: 8 });
const value = fc.option(fc.string({ unit: fc.constantFrom(..."a:3v|\\0 \u00ff"), maxLength: 8 }), {
  nil: null,
});
const parts = fc.record({
  route: fc.constantFrom("a", "a:b", "/a/*", "a\\0"),
  target,
  partition: fc.constantFrom("", "a", "p0"),
  names: fc.constantFrom(["accept"], ["accept", "x-a"], ["x-a"], []),
  values: fc.tuple(value, value),
});

test("two keys are equal only when all of their parts are", () => {
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const [one, other] = [a, b].map(({ values, ...rest }) => ({
        ...rest,
        values: values.slice(0, rest.names.length),
      })) as [typeof a, typeof b];
      const [key, otherKey] = [one, other].map(({ route, target, partition, names, values }) =>
        variantKey(primaryKey(keyScope(aRoute({ id: route })), target, partition), names, values),
      );
      expect(key === otherKey).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
    { numRuns: 2_000 },
  );
});
