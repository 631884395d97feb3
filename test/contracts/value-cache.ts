/** What a value cache does over every store. */
import { expect, test, vi } from "vitest";
import { type Caches, escapePattern, UnstorableError } from "../../src/values/index.ts";

/** A cache of its own over the store in question. */
export type OpenCache = () => Promise<Caches & AsyncDisposable>;

const VALUES: readonly (readonly [string, unknown])[] = [
  ["null", null],
  ["false", false],
  ["zero", 0],
  ["minus zero", -0],
  ["not a number", Number.NaN],
  ["an empty text", ""],
  ["text in many scripts", "naïve 漢字 🎉 \ud800 \u0000"],
  ["an empty list", []],
  ["a list with a hole", Object.assign([1], { 2: 3 })],
  ["an empty object", {}],
  ["an object with an undefined member", { a: undefined, b: { c: [null] } }],
  ["a name from the prototype", JSON.parse('{"__proto__":{"polluted":true},"constructor":1}')],
  ["bytes", Buffer.from([0, 255, 128, 10])],
  ["no bytes", Buffer.alloc(0)],
  ["a typed array", { floats: new Float64Array([1.5, Number.POSITIVE_INFINITY]) }],
  ["a date", new Date(1_700_000_000_123)],
  ["a map", new Map<unknown, unknown>([[{ k: 1 }, new Set(["a", 2n])]])],
  ["a big integer", 2n ** 80n],
  ["an error", new RangeError("too far")],
  ["a large text", "0123456789".repeat(20_000)],
  ["large noise", Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 31) >> 3))],
];

export function valueCacheContract(over: string, open: OpenCache): void {
  test.each(VALUES)(
    `${over}: %s comes back equal, and is the caller's own`,
    async (_what, value) => {
      await using cache = await open();
      await cache.set("key", value);
      const [first, second] = [await cache.get("key"), await cache.get("key")];
      expect(first).toEqual(value);
      expect(second).toEqual(value);
      expect(await cache.has("key")).toBe(true);
      if (typeof value === "object" && value !== null) expect(first).not.toBe(second);
    },
  );

  test(`${over}: a stored undefined is not a miss`, async () => {
    await using cache = await open();
    await cache.set("key", undefined);
    expect(await cache.has("key")).toBe(true);
    expect(await cache.lookup("key")).toMatchObject({ state: "fresh", value: undefined });
    expect(await cache.lookup("other")).toEqual({ state: "absent" });
    expect(await cache.getMany(["key", "other"])).toEqual(new Map([["key", undefined]]));
  });

  test(`${over}: what has no exact form is refused, and what stood there goes`, async () => {
    await using cache = await open();
    class Row {}
    for (const value of [
      () => 1,
      Symbol("s"),
      new Row(),
      { row: [new Row()] },
      new Map([[1, Row]]),
    ]) {
      await cache.set("key", "before");
      await expect(cache.set("key", value)).rejects.toThrow(UnstorableError);
      expect(await cache.get("key")).toBeUndefined();
    }
  });

  test(`${over}: values are set, counted, touched and deleted, one or many`, async () => {
    await using cache = await open();
    expect(
      await cache.setMany(
        [
          ["a", 1],
          ["b", 2],
          ["c", 3],
        ],
        { ttl: "1h" },
      ),
    ).toBe(3);
    expect(await cache.getMany(["a", "b", "x"])).toEqual(
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
    );
    expect(await cache.ttl("a")).toBeGreaterThan(3_200);
    await cache.set("d", 4, { ttl: 100 });
    expect(await cache.ttl("d")).toBeGreaterThan(90);
    expect(await cache.touch("d", 1_000)).toBe(true);
    expect(await cache.ttl("d")).toBeGreaterThan(900);
    expect(await cache.touch("x")).toBe(false);
    expect(await cache.ttl("x")).toBeUndefined();
    expect(await cache.delete(["a", "d", "x"])).toBe(2);
    expect(await cache.delete("a")).toBe(0);
    expect(await cache.getMany(["a", "b", "c", "d"])).toEqual(
      new Map([
        ["b", 2],
        ["c", 3],
      ]),
    );
    await cache.set("a", "again");
    expect(await cache.get("a")).toBe("again");
  });

  test(`${over}: a value with no life is not stored, and removes what stood there`, async () => {
    await using cache = await open();
    await cache.set("key", "before");
    await cache.set("key", "after", { ttl: 0 });
    expect(await cache.get("key")).toBeUndefined();
  });

  test(`${over}: counters grow at once from all sides, and go`, async () => {
    await using cache = await open();
    const all = await Promise.all(Array.from({ length: 50 }, () => cache.increment("n")));
    expect(all.toSorted((a, b) => Number(a) - Number(b))).toEqual(all.map((_, i) => i + 1));
    expect(await cache.increment("n", -20)).toBe(30);
    expect(await cache.increment("n", 0)).toBe(30);
    expect(await cache.get("n")).toBeUndefined();
    expect(await cache.delete("n")).toBe(1);
    expect(await cache.increment("n", 7)).toBe(7);
    await cache.clear();
    await vi.waitFor(async () => expect(await cache.increment("n", 0)).toBe(0));
    await expect(cache.increment("n", 0.5)).rejects.toThrow(TypeError);
  });

  test(`${over}: everything is cleared at once, in its namespace alone`, async () => {
    await using cache = await open();
    await cache.setMany(Array.from({ length: 100 }, (_, i) => [`key ${i}`, i]));
    await cache.clear();
    expect((await cache.getMany(Array.from({ length: 100 }, (_, i) => `key ${i}`))).size).toBe(0);
    await cache.set("key 1", "after");
    expect(await cache.get("key 1")).toBe("after");
  });

  test(`${over}: a pattern clears what it matches and nothing else`, async () => {
    await using cache = await open();
    const keys = [
      "user:1:name",
      "user:12:name",
      "user:*:name",
      "user:é:name",
      "user:[1]:name",
      "post:1",
    ];
    const fill = () => cache.setMany(keys.map((key) => [key, key]));
    const left = async () => [...(await cache.getMany(keys)).keys()];
    await fill();
    expect(await cache.clearPattern("user:?:name")).toBe(3);
    expect(await left()).toEqual(["user:12:name", "user:[1]:name", "post:1"]);
    await fill();
    expect(await cache.clearPattern(`user:${escapePattern("*")}:*`)).toBe(1);
    expect(await cache.clearPattern(`user:${escapePattern("[1]")}:*`)).toBe(1);
    expect(await left()).toEqual(["user:1:name", "user:12:name", "user:é:name", "post:1"]);
    expect(await cache.clearPattern("*")).toBeGreaterThanOrEqual(4);
    expect(await left()).toEqual([]);
  });

  test(`${over}: a tag takes all its values with it, and no others`, async () => {
    await using cache = await open();
    await cache.set("a", 1, { tags: ["red", "round"] });
    await cache.set("b", 2, { tags: ["red"] });
    await cache.set("c", 3, { tags: ["round"] });
    await cache.set("d", 4);
    await cache.invalidateTag("red");
    expect(await cache.getMany(["a", "b", "c", "d"])).toEqual(
      new Map([
        ["c", 3],
        ["d", 4],
      ]),
    );
    await cache.set("a", "again", { tags: ["red"] });
    expect(await cache.get("a")).toBe("again");
  });

  test(`${over}: many callers of one key are one call, and later ones none`, async () => {
    await using cache = await open();
    let calls = 0;
    const load = async () => {
      calls++;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { list: [1] };
    };
    const got = await Promise.all(Array.from({ length: 100 }, () => cache.remember("key", load)));
    expect(new Set(got).size).toBe(100);
    expect(got).toEqual(got.map(() => ({ list: [1] })));
    expect(await cache.remember("key", load)).toEqual({ list: [1] });
    expect(calls).toBe(1);
  });

  test(`${over}: what is removed while it is made is returned to who asked before, and not kept`, async () => {
    const removals: Record<string, (cache: Caches) => Promise<unknown>> = {
      delete: (cache) => cache.delete("key"),
      tag: (cache) => cache.invalidateTag("tag"),
      "tag of the value": (cache) => cache.invalidateTag("late"),
      clear: (cache) => cache.clear(),
      pattern: (cache) => cache.clearPattern("k*"),
      set: (cache) => cache.set("key", "set"),
    };
    for (const [name, remove] of Object.entries(removals)) {
      await using cache = await open();
      let finish: (value: string) => void = () => {};
      const begun = new Promise<void>((begin) => {
        const load = () => {
          begin();
          return new Promise<string>((resolve) => {
            finish = resolve;
          });
        };
        const options = { tags: ["tag"], adapt: () => ({ tags: ["late"] }) };
        void cache.remember("key", load, options).then((value) => expect(value).toBe("old"));
      });
      await begun;
      await remove(cache);
      const asked = cache.remember("key", () => "new");
      finish("old");
      expect(await asked, name).toBe(name === "set" ? "set" : "new");
      await vi.waitFor(async () =>
        expect(await cache.get("key"), name).toBe(name === "set" ? "set" : "new"),
      );
    }
  });

  test(`${over}: writing through leaves the last truth, or nothing`, async () => {
    await using cache = await open();
    let truth = 0;
    const write = (value: number, waitMs: number) =>
      cache.writeThrough("key", async () => {
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        truth = value;
        return value;
      });
    expect(await write(1, 0)).toBe(1);
    expect(await cache.get("key")).toBe(1);
    await Promise.all([write(2, 30), write(3, 1), cache.remember("key", () => truth)]);
    const stored = await cache.get("key");
    expect([undefined, truth]).toContain(stored);
    let answer = () => {};
    const slow = cache.writeThrough("key", async () => {
      truth = 4;
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return 4;
    });
    await vi.waitFor(() => expect(truth).toBe(4));
    await write(5, 0);
    answer();
    expect(await slow).toBe(4);
    expect([undefined, 5]).toContain(await cache.get("key"));
    await expect(cache.writeThrough("key", () => Promise.reject(new Error("no")))).rejects.toThrow(
      "no",
    );
    expect(await cache.get("key")).toBeUndefined();
  });
}
