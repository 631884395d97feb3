import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import type { Wrapped } from "../../src/values/index.ts";
import { createTestCache } from "../../src/values/testing.ts";

interface User {
  readonly id: number;
  readonly lang: string;
}

test("a wrapped function takes and gives what the function does, whatever its options look at", async () => {
  const { cache } = createTestCache();
  const find = cache.wrap(
    async (id: number, lang = "en"): Promise<User | null> => (id > 1 ? null : { id, lang }),
    {
      name: "find",
      key: (id, lang) => [id, lang ?? "en"],
      tags: (id) => [`user ${id.toFixed()}`],
      adapt: (user) => (user === null ? false : { tags: [user.lang] }),
    },
  );
  expectTypeOf(find).toEqualTypeOf<Wrapped<[id: number, lang?: string], User | null>>();
  expect(await find(1)).toEqual({ id: 1, lang: "en" });
  expect(find.keyOf(1)).toBe(find.keyOf(1, "en"));
});

test("a function need not be asynchronous, nor of one type", async () => {
  const { cache } = createTestCache();
  const same = async <T>(value: T): Promise<T> => value;
  expectTypeOf(cache.wrap(same<number>, { name: "same" })).toEqualTypeOf<
    Wrapped<[value: number], number>
  >();
  const double = cache.wrap((...all: number[]) => all.map((one) => 2 * one), { name: "double" });
  expectTypeOf(double).toEqualTypeOf<Wrapped<number[], number[]>>();
  expect(await double(1, 2)).toEqual([2, 4]);
});

test("a schema says the type of what is read, and has to say that of what is made", async () => {
  const { cache } = createTestCache();
  const schema = z.object({ id: z.number() });
  const found = await cache.get("key", { schema });
  expectTypeOf(found).toEqualTypeOf<{ id: number } | undefined>();
  expectTypeOf(await cache.getMany(["key"], { schema })).toEqualTypeOf<
    Map<string, { id: number }>
  >();
  // @ts-expect-error a text is no object with a number
  cache.wrap(async () => "text", { name: "text", schema });
  expect(found).toBeUndefined();
});
