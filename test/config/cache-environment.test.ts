import { expect, test } from "vitest";
import { readCacheEnvironment } from "../../src/config/cache-environment.ts";
import { SetupError } from "../../src/errors.ts";
import { createCache } from "../../src/values/index.ts";

const url = (text: string) => ({ redis: { kind: "url", url: text } });

test.each([
  ["nothing: memory", {}, {}],
  ["empty variables: nothing", { REDIS_URL: " ", CACHE_ENABLED: "" }, {}],
  ["a URL", { REDIS_URL: "redis://r:1/2" }, url("redis://r:1/2")],
  ["a host", { REDIS_HOST: "r" }, url("redis://r:6379")],
  ["a port", { REDIS_PORT: "7" }, url("redis://127.0.0.1:7")],
  [
    "every part",
    { REDIS_HOST: "::1", REDIS_PORT: "7", REDIS_DB: "3", REDIS_PASSWORD: "p@ss/w" },
    url("redis://:p%40ss%2Fw@[::1]:7/3"),
  ],
  [
    "parts that agree with the URL",
    {
      REDIS_URL: "redis://:x@r:7/3",
      REDIS_HOST: "R",
      REDIS_PORT: "7",
      REDIS_DB: "3",
      REDIS_PASSWORD: "x",
    },
    url("redis://:x@r:7/3"),
  ],
  [
    "parts that complete the URL",
    { REDIS_URL: "redis://r", REDIS_DB: "3", REDIS_PASSWORD: "x" },
    url("redis://:x@r/3"),
  ],
  [
    "a Redis of the cache's own beside that of all",
    { REDIS_URL: "redis://all", CACHE_REDIS_HOST: "own", CACHE_REDIS_PORT: "8" },
    url("redis://own:8"),
  ],
  [
    "a socket",
    { CACHE_REDIS_URL: "unix:/run/r.sock" },
    { redis: { kind: "socket", path: "/run/r.sock" } },
  ],
  [
    "switches",
    { CACHE_ENABLED: "No", CACHE_FAIL_SILENTLY: "0" },
    { enabled: false, failSilently: false },
  ],
  [
    "lifetimes",
    { CACHE_TTL_DEFAULT: "60", CACHE_PERSISTENT_TTL: "7200" },
    { defaultTtlMs: 60_000, persistentTtlMs: 7_200_000 },
  ],
  [
    "both names of one lifetime",
    { CACHE_TTL_DEFAULT: "60", CACHE_DEFAULT_TTL: "60" },
    { defaultTtlMs: 60_000 },
  ],
  ["the other name", { CACHE_DEFAULT_TTL: "90" }, { defaultTtlMs: 90_000 }],
  [
    "time-outs and pools",
    { REDIS_SOCKET_TIMEOUT: "0.5", REDIS_POOL_SIZE: "20" },
    { commandTimeoutMs: 500 },
  ],
])("12: the environment may say %s", (_what, env, found) => {
  expect(readCacheEnvironment(env)).toEqual(found);
});

test.each([
  ["REDIS_HOST", { REDIS_URL: "redis://a", REDIS_HOST: "b" }],
  ["REDIS_PORT", { REDIS_URL: "redis://a:1", REDIS_PORT: "2" }],
  ["REDIS_DB", { REDIS_URL: "redis://a/1", REDIS_DB: "2" }],
  ["REDIS_PASSWORD", { REDIS_URL: "redis://:secret-one@a", REDIS_PASSWORD: "secret-two" }],
  ["CACHE_TTL_DEFAULT", { CACHE_TTL_DEFAULT: "1", CACHE_DEFAULT_TTL: "2" }],
  ["CACHE_REDIS_PORT", { CACHE_REDIS_URL: "redis://a:1", CACHE_REDIS_PORT: "2" }],
  ["REDIS_DB", { REDIS_DB: "2" }],
  ["REDIS_DB", { REDIS_HOST: "a", REDIS_DB: "two" }],
  ["REDIS_URL", { REDIS_URL: "http://a" }],
  ["REDIS_URL", { REDIS_URL: "redis://:secret-100%@a", REDIS_PASSWORD: "secret-100%" }],
  ["REDIS_POOL_SIZE", { REDIS_POOL_SIZE: "0" }],
  ["REDIS_SOCKET_TIMEOUT", { REDIS_SOCKET_TIMEOUT: "5s" }],
  ["CACHE_ENABLED", { CACHE_ENABLED: "perhaps" }],
  ["CACHE_FAIL_SILENTLY", { CACHE_FAIL_SILENTLY: "2" }],
  ["CACHE_PERSISTENT_TTL", { CACHE_PERSISTENT_TTL: "-1" }],
])("12: a fault or contradiction of %s stops the start, and no secret is told", (name, env) => {
  const start = () => createCache({ env });
  expect(start).toThrow(SetupError);
  expect(start).toThrow(new RegExp(`^The configuration has a fault:\n {2}${name}:`));
  expect(start).not.toThrow(/secret-/);
});

test("all faults are told at once, and options that name a Redis need no variables about one", async () => {
  const env = { REDIS_DB: "2", CACHE_ENABLED: "perhaps" };
  for (const part of [/2 faults/, /REDIS_DB/, /CACHE_ENABLED/])
    expect(() => createCache({ env })).toThrow(part);
  await createCache({ env: { REDIS_DB: "2" }, redis: false }).close();
});

test("the aliases have the lifetimes of the environment, and options win", async () => {
  const env = { CACHE_TTL_DEFAULT: "120", CACHE_PERSISTENT_TTL: "7200" };
  for (const [options, lives] of [
    [{}, [120, 120, 7_200]],
    [{ ttl: "1m", persistentTtl: "2h" }, [60, 60, 7_200]],
  ] as const) {
    const cache = createCache({ env, ...options });
    for (const each of [cache, cache.memory]) await each.set("key", each === cache);
    expect([await cache.ttl("key"), await cache.memory.ttl("key")]).toEqual(lives.slice(0, 2));
    await cache.persistent.set("key", "longer");
    expect([await cache.get("key"), await cache.memory.get("key")]).toEqual(["longer", false]);
    expect(await cache.persistent.ttl("key")).toBe(lives[2]);
    await cache.close();
  }
  const standard = createCache({ env: {} });
  for (const [alias, seconds] of [
    ["memory", 300],
    ["persistent", 3_600],
  ] as const) {
    await standard[alias].set("key", 1);
    expect(await standard[alias].ttl("key")).toBe(seconds);
  }
  await standard.close();
});
