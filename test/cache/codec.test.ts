import fc from "fast-check";
import { expect, test } from "vitest";
import { recordCodec } from "../../src/cache/codec.ts";
import type { CacheEntry } from "../../src/cache/entry.ts";

const latin1 = fc.string({
  unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
});
const fields = fc.array(fc.tuple(latin1, latin1), { maxLength: 8 }).map((pairs) => pairs.flat());
const instant = fc.double({ noNaN: true });

const entries: fc.Arbitrary<CacheEntry> = fc
  .record({
    route: fc.string(),
    target: latin1,
    requestFields: fields,
    response: fc.record({
      status: fc.integer({ min: 100, max: 999 }),
      statusText: latin1,
      fields,
      body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    }),
    bornAt: instant,
    storedAt: instant,
    staleAt: instant,
    revalidateUntil: instant,
    errorUntil: instant,
    deleteAt: instant,
    fence: instant,
    tags: fc.array(fc.string(), { maxLength: 4 }),
    part: fc.option(
      fc.oneof(
        fc.record({ first: fc.nat() }),
        fc.record({ first: fc.nat(), completeLength: fc.nat() }),
      ),
      { nil: undefined },
    ),
  })
  .map(({ part, ...rest }) => (part === undefined ? rest : { ...rest, part }));

test("an entry is read back exactly as it was stored, every octet of its body included", () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const read = recordCodec.decode(recordCodec.encode({ kind: "entry", entry }));
      expect(read).toEqual({ kind: "entry", entry });
    }),
  );
});

test("an index of variants is read back as it was stored", () => {
  const head = { names: ["accept"], values: ["text/csv"], storedAt: 3, key: "k" };
  const index = { kind: "index", heads: [head], invalidatedAt: 7, fence: 9, deleteAt: 11 } as const;
  expect(recordCodec.decode(recordCodec.encode(index))).toEqual(index);
});

test("a NUL in a field value cannot shift the strings behind it: it is refused", () => {
  const [entry] = fc.sample(entries, 1) as [CacheEntry];
  const bad = { ...entry, target: "/a\0b" };
  expect(() => recordCodec.encode({ kind: "entry", entry: bad })).toThrow(/NUL/);
});

test("bytes that are not a record throw and never read as one", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      let read: unknown;
      try {
        read = recordCodec.decode(Buffer.from(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        return;
      }
      expect(read).toMatchObject({ kind: expect.stringMatching(/^(?:entry|index)$/) });
    }),
  );
});
