import { expect, test } from "vitest";
import { configOf, faultsIn, routeFile } from "../helpers/configuration.ts";

/** The variables of the proxy as its users set them. */
const OLD = {
  REDIS_HOST: "127.0.0.1",
  REDIS_PORT: "6380",
  BACKEND_HOST: "api.internal",
  BACKEND_PORT: "8080",
  LISTEN_PORT: "8000",
  CACHE_TTL: "3600",
  MAX_BODY_CACHE: "1024",
  LOG_LEVEL: "INFO",
};

test("the old variables alone configure the proxy", async () => {
  const config = await configOf({ env: OLD });
  expect(config.listen).toEqual({ host: "0.0.0.0", port: 8000 });
  expect(config.redis.queue).toEqual({ kind: "url", url: "redis://127.0.0.1:6380" });
  expect(config.log.level).toBe("info");
  expect(config.routes.map(({ path }) => path)).toEqual([
    "/index/v1/*",
    "/index/v2/*",
    "/meta/v1/*",
    "/*",
  ]);
  expect(config.routes[0]).toMatchObject({
    source: {
      origin: "http://api.internal:8080",
      basePath: "",
      timeouts: { firstByteMs: 900_000, totalMs: 900_000 },
    },
    preset: "api",
    freshness: { mode: "fixed", freshForMs: 3_600_000, jitter: 0 },
    maxBody: 1_024,
    bypass: { query: [["preview", "true"]] },
    compat: { xRedisCache: true },
  });
});

test("what the old proxy did not store passes through as it is", async () => {
  const { routes } = await configOf({ env: OLD });
  expect(routes.at(-1)).toMatchObject({
    path: "/*",
    preset: "transparent",
    bypass: { methods: ["GET", "HEAD"] },
    compat: { xRedisCache: false },
  });
});

test("the host of the API alone is enough: 120 days, 50 MiB, port 80", async () => {
  const { routes, redis } = await configOf({ env: { BACKEND_HOST: "api" } });
  expect(routes[0]).toMatchObject({
    source: { origin: "http://api" },
    freshness: { freshForMs: 10_368_000_000, staleWhileRevalidateMs: 86_400_000 },
    maxBody: 52_428_800,
  });
  expect(redis).toEqual({});
});

test("words are understood for the lifetime and the size", async () => {
  const env = { BACKEND_URL: "https://api/base/", CACHE_TTL: "6h", MAX_BODY_CACHE: "2MiB" };
  expect((await configOf({ env })).routes[0]).toMatchObject({
    source: { origin: "https://api", basePath: "/base" },
    freshness: { freshForMs: 21_600_000 },
    maxBody: 2_097_152,
  });
});

test.each([
  [{ REDIS_PORT: "7000" }, "redis://127.0.0.1:7000"],
  [{ REDIS_HOST: "cache" }, "redis://cache:6379"],
  [{ REDIS_HOST: "::1" }, "redis://[::1]:6379"],
  [{ REDIS_HOST: "CACHE", REDIS_URL: "redis://:pw@cache" }, "redis://:pw@cache"],
  [{ REDIS_HOST: "c", REDIS_PORT: "6379", REDIS_URL: "redis://c/2" }, "redis://c/2"],
])("%j gives %s", async (env, url) => {
  const { redis } = await configOf({ env: env as unknown as Record<string, string> });
  expect(redis.queue).toEqual({ kind: "url", url });
});

test("parts that agree with the URL of the API are no contradiction", async () => {
  const env = { BACKEND_URL: "http://api/", BACKEND_HOST: "api", BACKEND_PORT: "80" };
  expect((await configOf({ env })).routes).toHaveLength(4);
});

const same = "remove one of them, or give both the same value";

test.each([
  [{ REDIS_URL: "redis://a", REDIS_HOST: "b" }, [`REDIS_HOST: contradicts REDIS_URL: ${same}`]],
  [
    { REDIS_URL: "redis://a:1", REDIS_HOST: "a", REDIS_PORT: "2" },
    [`REDIS_PORT: contradicts REDIS_URL: ${same}`],
  ],
  [
    { REDIS_URL: "unix:/run/redis.sock", REDIS_HOST: "a" },
    [`REDIS_HOST: contradicts REDIS_URL: ${same}`],
  ],
  [
    { BACKEND_URL: "http://a", BACKEND_HOST: "b", BACKEND_PORT: "81" },
    [
      `BACKEND_HOST: contradicts BACKEND_URL: ${same}`,
      `BACKEND_PORT: contradicts BACKEND_URL: ${same}`,
    ],
  ],
  [{ BACKEND_HOST: "a", LISTEN_PORT: "1", PORT: "2" }, [`LISTEN_PORT: contradicts PORT: ${same}`]],
  [{ BACKEND_PORT: "80" }, ["BACKEND_PORT: needs BACKEND_HOST beside it"]],
  [
    { BACKEND_HOST: "http://a" },
    ["BACKEND_HOST: must be a host name or IP address; a whole URL goes into BACKEND_URL"],
  ],
  [
    { BACKEND_HOST: "a:80" },
    ["BACKEND_HOST: must be a host name or IP address; a whole URL goes into BACKEND_URL"],
  ],
  [
    { BACKEND_URL: "http://u:s3cret@a" },
    [
      "BACKEND_URL: must hold no user or password: a source's URL shows in logs and reports; clients send their own credentials",
    ],
  ],
  [
    { BACKEND_HOST: "a", CACHE_TTL: "soon", MAX_BODY_CACHE: "big" },
    [
      "CACHE_TTL: must be a number of seconds, or a duration such as 120d",
      "MAX_BODY_CACHE: must be a number of bytes, or a size such as 50MiB",
    ],
  ],
  [
    { REDIS_PORT: "tcp://10.0.0.1:6379" },
    [
      "REDIS_PORT: must be a number: Kubernetes sets this one for a Service of that name, unless the pod says enableServiceLinks: false",
    ],
  ],
  [{ BACKEND_HOST: "a", BACKEND_PORT: "0" }, ["BACKEND_PORT: must be a number from 1 to 65535"]],
  [
    { CACHE_TTL: "60" },
    [
      "CACHE_TTL: has an effect only on the routes that BACKEND_HOST or BACKEND_URL make: set one of them, or remove this and say it in the file, route by route",
    ],
  ],
])("%j stops the start", async (env, faults) => {
  expect(await faultsIn({ env: env as unknown as Record<string, string> })).toEqual(faults);
});

test("routes in a file and the API in the environment contradict each other", async () => {
  const world = { yaml: routeFile("name: a"), env: { BACKEND_HOST: "api" } };
  expect(await faultsIn(world)).toEqual([
    `BACKEND_HOST: contradicts warmfront.yaml:1:1 (routes): ${same}`,
  ]);
});

test("a file without routes and the API in the environment go together", async () => {
  const world = { yaml: "listen: { port: 9000 }", env: { BACKEND_HOST: "api" } };
  const config = await configOf(world);
  expect([config.listen.port, config.routes.length]).toEqual([9000, 4]);
});

test("a Redis in the file must agree with the parts in the environment", async () => {
  const yaml = `redis:\n  url: redis://a\n${routeFile("name: a")}`;
  expect(await faultsIn({ yaml, env: { REDIS_HOST: "b" } })).toEqual([
    `REDIS_HOST: contradicts warmfront.yaml:2:3: ${same}`,
  ]);
});
