import fc from "fast-check";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { compilePattern, escapePattern, widenPattern } from "../../src/values/glob.ts";
import { keyBy } from "../../src/values/index.ts";
import { pack, unpack } from "../../src/values/pack.ts";
import { startRedis } from "../helpers/redis.ts";

const LIMITS = { compressAbove: 64, maxBytes: 1_000_000 };

const data = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, undefined, true, false, Number.NaN, -0, Number.NEGATIVE_INFINITY),
    fc.double(),
    fc.bigInt(),
    fc.string({ unit: "binary" }),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.array(tie("any")),
    fc.dictionary(fc.string(), tie("any")),
    fc.array(fc.tuple(tie("any"), tie("any"))).map((entries) => new Map(entries)),
    fc.array(tie("any")).map((members) => new Set(members)),
  ),
})).any;

test("whatever can be stored comes back equal", async () => {
  await fc.assert(
    fc.asyncProperty(data, async (value) => {
      expect(await unpack(await pack(value, LIMITS))).toEqual(value);
    }),
    { numRuns: 500 },
  );
});

test("no bytes that stand for a value do anything but give a value or throw", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), fc.nat(4), fc.nat(200), async (bytes, form, rawLength) => {
      const packed = { form, rawLength, payload: Buffer.from(bytes) };
      await Promise.resolve()
        .then(() => unpack(packed))
        .catch((failure) => expect(failure).toBeInstanceOf(Error));
    }),
    { numRuns: 1_000 },
  );
});

test("calls that say different things have different keys", () => {
  const parts = fc.array(
    fc.oneof(fc.string({ unit: fc.constantFrom(...'%:1."n[]{}=,') }), fc.jsonValue()),
  );
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
      expect(keyBy(...one) === keyBy(...other)).toBe(same);
    }),
    { numRuns: 2_000 },
  );
});

/** The same with the members of objects in order, and -0 as 0. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, sorted(member)] as const);
  return members.sort(([a], [b]) => (a < b ? -1 : 1));
}

test("patterns match what they match in Redis", async () => {
  await using redis = await startRedis();
  const client = new Redis(redis.url);
  const text = (characters: string) =>
    fc.string({ unit: fc.constantFrom(...characters), maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(text("ab-]*"), text("ab*?[]^-\\"), async (key, pattern) => {
      await client.set(`k${key}`, "");
      const inRedis = (await client.keys(`k${pattern}`)).includes(`k${key}`);
      await client.del(`k${key}`);
      expect(compilePattern(`k${pattern}`)(`k${key}`), pattern).toBe(inRedis);
      if (inRedis) expect(compilePattern(widenPattern(pattern))(key)).toBe(true);
    }),
    { numRuns: 3_000 },
  );
  client.disconnect();
});

test("an escaped text matches itself alone", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string(), (text, other) => {
      const matches = compilePattern(escapePattern(text));
      expect(matches(text)).toBe(true);
      expect(matches(other)).toBe(text === other);
    }),
  );
});

test("a hostile pattern takes no longer than others", () => {
  const matches = compilePattern(`${"*a".repeat(200)}b`);
  expect(matches("a".repeat(5_000))).toBe(false);
});
