import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ENTRY_PREFIX,
  entryKey,
  FLIGHT_PREFIX,
  flightKey,
  KEY_PREFIX,
  pieceKey,
  queuePrefix,
  soloKey,
} from "../../src/redis/keys.ts";

/** What decides the slot in a Cluster. */
function hashTag(key: string): string {
  const tag = /\{([^}]+)\}/.exec(key)?.[1];
  if (tag === undefined) throw new Error(`No hash tag in ${key}.`);
  return tag;
}

test("all keys that belong to one key share a slot, and stand under the prefix", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (key) => {
      const entry = entryKey(key);
      const keys = [entry, pieceKey(entry, "0a1b", 3), flightKey(key), soloKey(key)];
      expect(new Set(keys.map(hashTag)).size).toBe(1);
      expect(new Set(keys).size).toBe(keys.length);
      for (const one of keys) expect(one.startsWith(KEY_PREFIX)).toBe(true);
    }),
  );
});

test("only entries and flight locks stand under the prefixes that are announced", () => {
  const entry = entryKey("a");
  const announced = [ENTRY_PREFIX, FLIGHT_PREFIX];
  const keys = [
    entry,
    flightKey("a"),
    soloKey("a"),
    pieceKey(entry, "0a", 0),
    queuePrefix("refresh"),
  ];
  expect(keys.map((key) => announced.some((prefix) => key.startsWith(prefix)))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("different keys have different entries, whatever they are made of", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      fc.pre(one !== other);
      expect(entryKey(one)).not.toBe(entryKey(other));
    }),
  );
  expect(entryKey("a{b}")).toMatch(/^wf1:e:\{[\w-]{43}\}$/);
});

test("each queue has a slot of its own", () => {
  expect(queuePrefix("refresh")).toBe("wf1:{refresh}");
  expect(hashTag(queuePrefix("report"))).not.toBe(hashTag(queuePrefix("refresh")));
});
