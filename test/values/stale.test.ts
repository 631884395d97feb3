import { expect, test } from "vitest";
import { CacheTimeoutError } from "../../src/values/index.ts";
import { createStandIn, createTestCache } from "../../src/values/testing.ts";

const MINUTE = { ttl: "1m" } as const;

test("a value is fresh for its lifetime and not a moment longer", async () => {
  const { cache, clock } = createTestCache();
  const load = createStandIn("one");
  await cache.remember("key", load, MINUTE);
  await clock.advance("59.999s");
  expect(await cache.get("key")).toBe("one");
  await clock.advance("1ms");
  expect(await cache.get("key")).toBeUndefined();
  load.returns("two");
  expect(await cache.remember("key", load, MINUTE)).toBe("two");
  expect(load.calls).toBe(2);
});

test("within stale-while-revalidate the old value comes at once and is made anew behind", async () => {
  const { cache, clock } = createTestCache();
  const load = createStandIn("one");
  const options = { ...MINUTE, staleWhileRevalidate: "1h" };
  await cache.remember("key", load, options);
  await clock.advance("10m");
  load.hangs();
  const both = [cache.remember("key", load, options), cache.remember("key", load, options)];
  expect(await Promise.all(both)).toEqual(["one", "one"]);
  await clock.advance(0);
  load.finish("two");
  await clock.advance(0);
  expect(await cache.remember("key", load, options)).toBe("two");
  expect(load.calls).toBe(2);
  expect(cache.stats()).toMatchObject({ staleHits: 2, hits: 1, misses: 1, loads: 2 });
});

test("after a failure behind, the function is left alone for a while", async () => {
  const { cache, clock } = createTestCache();
  const load = createStandIn("one");
  const options = { ...MINUTE, staleWhileRevalidate: "1h" };
  await cache.remember("key", load, options);
  await clock.advance("2m");
  load.fails();
  for (let i = 0; i < 5; i++) {
    expect(await cache.remember("key", load, options)).toBe("one");
    await clock.advance("500ms");
  }
  expect(load.calls).toBe(2);
  await clock.advance("5s");
  load.returns("two");
  await cache.remember("key", load, options);
  await clock.advance(0);
  expect(await cache.remember("key", load, options)).toBe("two");
});

test("within stale-if-error the old value stands in for a failure, and only then", async () => {
  const { cache, clock } = createTestCache();
  const load = createStandIn("one");
  const options = { ...MINUTE, staleIfError: "1h" };
  const because: string[] = [];
  cache.on("stale", (event) => because.push(event.because));
  await cache.remember("key", load, options);
  await clock.advance("2m");
  load.fails();
  expect(await cache.remember("key", load, options)).toBe("one");
  load.returns("two");
  await clock.advance("10s");
  expect(await cache.remember("key", load, options)).toBe("two");
  load.fails(new Error("down"));
  await clock.advance("2h");
  await expect(cache.remember("key", load, options)).rejects.toThrow("down");
  expect(because).toEqual(["error"]);
});

test("after the soft time-out the old value comes, and the function's result is kept when it comes", async () => {
  const { cache, clock } = createTestCache();
  const load = createStandIn("one");
  const options = { ...MINUTE, staleIfError: "1h", softTimeout: "100ms" };
  await cache.remember("key", load, options);
  await clock.advance("2m");
  load.hangs();
  const asked = cache.remember("key", load, options);
  await clock.advance("100ms");
  expect(await asked).toBe("one");
  load.finish("two");
  await clock.advance(0);
  expect(await cache.get("key")).toBe("two");
});

test("after the hard time-out the caller is told, and the function's result is kept when it comes", async () => {
  const { cache, clock } = createTestCache();
  const load = createStandIn("one");
  load.hangs();
  const asked = cache.remember("key", load, { hardTimeout: "2s" });
  const told = expect(asked).rejects.toThrow(CacheTimeoutError);
  await clock.advance("2s");
  await told;
  load.finish();
  await clock.advance(0);
  expect(await cache.get("key")).toBe("one");
});

test("a result that comes too late to know what was removed meanwhile is not kept", async () => {
  const { cache, clock } = createTestCache();
  const load = createStandIn("one");
  load.hangs();
  const asked = cache.remember("key", load, { hardTimeout: "10m" });
  await clock.advance("2m");
  load.finish();
  expect(await asked).toBe("one");
  expect(await cache.has("key")).toBe(false);
});

test("a failure is shared by those who wait for it, and kept from nobody after", async () => {
  const { cache } = createTestCache();
  const load = createStandIn("one");
  load.fails(new Error("down"));
  const asked = Array.from({ length: 20 }, () => cache.remember("key", load));
  const got = await Promise.allSettled(asked);
  expect(got.every(({ status }) => status === "rejected")).toBe(true);
  expect(load.calls).toBe(1);
  load.returns("one");
  expect(await cache.remember("key", load)).toBe("one");
});

test("the value says how long it lives, under which tags, and whether it is kept at all", async () => {
  const { cache, clock } = createTestCache();
  const adapt = ({ status, age }: { status: number; age: number }) =>
    status === 200 ? { ttl: age, staleIfError: "1h", tags: [`status ${status}`] } : false;
  const load = createStandIn({ status: 503, age: 0 });
  await cache.remember("key", load, { adapt });
  expect(await cache.has("key")).toBe(false);
  load.returns({ status: 200, age: 10 });
  await cache.remember("key", load, { adapt });
  expect(await cache.ttl("key")).toBe(10);
  await clock.advance(11);
  load.fails();
  expect(await cache.remember("key", load, { adapt })).toEqual({ status: 200, age: 10 });
  await cache.invalidateTag("status 200");
  await expect(cache.remember("key", load, { adapt })).rejects.toThrow("It fails");
});

test("nothing is kept for a short time, and not at all when that is wanted", async () => {
  const { cache } = createTestCache();
  for (const nothing of [null, undefined]) {
    const load = createStandIn(nothing);
    await cache.remember("key", load, { ttl: "1h" });
    await cache.remember("key", load, { ttl: "1h" });
    expect(load.calls).toBe(1);
    expect(await cache.ttl("key")).toBe(60);
    await cache.remember("other", load, { ttl: "1h", negativeTtl: 0 });
    expect(await cache.has("other")).toBe(false);
    await cache.clear();
  }
});

test("a function that never ends keeps nobody from trying again", async () => {
  const { cache, clock } = createTestCache();
  const load = createStandIn("one");
  load.hangs();
  const first = expect(cache.remember("key", load, { hardTimeout: 5 })).rejects.toThrow(
    CacheTimeoutError,
  );
  await clock.advance(5);
  await first;
  load.returns("two");
  expect(await cache.remember("key", load, { hardTimeout: 5 })).toBe("two");
  load.finish("one");
  await clock.advance(1);
  expect(await cache.get("key")).toBe("two");
});
