import { expect, test } from "vitest";
import { configOf, folderWith, routeFile } from "../helpers/configuration.ts";

const MINIMAL = `
routes:
  - path: /index/v1/*
    source: { url: "http://127.0.0.1:9000", timeouts: { connect: 2s, first_byte: 30s, idle: 30s, total: 900s } }
    preset: api
    freshness: { fresh_for: 120d, stale_while_revalidate: 1d, stale_if_error: 30d }
`;

test("a minimal file gives one route and the defaults of everything else", async () => {
  const { dataDir, ...config } = await configOf({ yaml: MINIMAL });
  expect(dataDir).toMatch(/^\/.*\/data$/);
  expect(config).toEqual({
    listen: { host: "0.0.0.0", port: 8888 },
    control: { host: "127.0.0.1", port: 8889 },
    secretKeys: [],
    redis: {},
    cacheMaxMemory: 268_435_456,
    memoryMaxBytes: 134_217_728,
    storeBudgetMs: 50,
    log: { level: "info", hits: true },
    refresh: { concurrency: 8, attempts: 5, backoffMs: 1_000, inProcess: 4 },
    jobs: { watchers: 1_000, watchersPerClient: 20, longestWaitMs: 30_000 },
    github: {
      apiUrl: "https://api.github.com",
      tokens: [],
      filesTtlMs: 21_600_000,
      starsTtlMs: 86_400_000,
      pullsAtATime: 5,
      repositoriesAtATime: 10,
    },
    budget: {
      waitMs: 1_000,
      longestRestMs: 3_600_000,
      breaker: {
        failures: 5,
        share: 0.5,
        least: 20,
        windowMs: 30_000,
        pauseMs: 2_000,
        longestMs: 60_000,
      },
      sources: new Map(),
    },
    report: { concurrency: 4, lanes: { concurrency: 1, waiting: 20 }, timeoutMs: 300_000 },
    worker: {},
    egress: { allow: [] },
    drainMs: 25_000,
    routes: [
      {
        id: "/index/v1/*",
        path: "/index/v1/*",
        source: {
          origin: "http://127.0.0.1:9000",
          basePath: "",
          stripPrefix: "",
          timeouts: { connectMs: 2_000, firstByteMs: 30_000, idleMs: 30_000, totalMs: 900_000 },
        },
        preset: "api",
        freshness: {
          mode: "fixed",
          freshForMs: 10_368_000_000,
          staleWhileRevalidateMs: 86_400_000,
          staleIfErrorMs: 2_592_000_000,
          perStatus: new Map(),
          jitter: 0,
        },
        maxBody: 16_777_216,
        bypass: { query: [], methods: [], fields: [] },
        forward: ["accept", "accept-language", "accept-encoding", "authorization", "content-type"],
        key: { query: { mode: "all" }, fields: [] },
        encodedSlashes: "pass",
        perPrincipal: false,
        refreshAhead: 0,
        guards: { json: false, jsonPaths: [] },
        versions: 0,
        targetedCacheControl: true,
        clientCacheControl: "ignore",
        compat: { xRedisCache: false },
      },
    ],
  });
});

test("the file that the command line names wins over the variable, and that over ./warmfront.yaml", async () => {
  const files = { "a.yaml": routeFile("name: argument"), "b.yaml": routeFile("name: variable") };
  const world = { yaml: routeFile("name: standard"), files };
  const nameOf = async (more: object) => (await configOf({ ...world, ...more })).routes[0]?.id;
  expect(await nameOf({ argv: { config: "a.yaml" }, env: { WARMFRONT_CONFIG: "b.yaml" } })).toBe(
    "argument",
  );
  expect(await nameOf({ env: { WARMFRONT_CONFIG: "b.yaml" } })).toBe("variable");
  expect(await nameOf({})).toBe("standard");
});

test.each(["", "# nothing but a comment\n", "---\n", "listen: { port: 8888 }\n"])(
  "a file without routes (%j) has the default route",
  async (yaml) => {
    expect((await configOf({ yaml })).routes.map(({ id }) => id)).toEqual(["npm"]);
  },
);

test("relative references start from the folder of the file that holds them", async () => {
  await using folder = await folderWith({
    "etc/w.yaml": `control: { token: file:secrets/token }\n${routeFile("name: a")}`,
    "etc/secrets/token": "t0ken\n",
  });
  const config = await configOf({ argv: { config: `${folder.path}/etc/w.yaml` } });
  expect(config.control.token).toBe("t0ken");
});

test("one Redis serves both roles unless the cache has its own", async () => {
  const redis = async (settings: string) =>
    (await configOf({ yaml: `redis: ${settings}\n${routeFile("name: a")}` })).redis;
  const a = { kind: "url", url: "redis://a" };
  const b = { kind: "url", url: "redis://b" };
  expect(await redis("{ url: redis://a }")).toEqual({ queue: a, cache: a });
  expect(await redis("{ url: redis://a, cache_url: redis://b }")).toEqual({ queue: a, cache: b });
  expect(await redis("{ cache_url: redis://b }")).toEqual({ cache: b });
});

test("Sentinels and a Cluster are groups", async () => {
  const yaml = `
redis:
  url: { sentinels: ["s1:26379", "[::1]:26380"], name: main, password: a, sentinel_password: b, db: 2 }
  cache_url: { nodes: [n1:7000], username: u, tls: true }
${routeFile("name: a")}`;
  expect((await configOf({ yaml })).redis).toEqual({
    queue: {
      kind: "sentinel",
      sentinels: [
        { host: "s1", port: 26379 },
        { host: "::1", port: 26380 },
      ],
      name: "main",
      password: "a",
      sentinelPassword: "b",
      tls: false,
      db: 2,
    },
    cache: {
      kind: "cluster",
      nodes: [{ host: "n1", port: 7000 }],
      username: "u",
      tls: true,
    },
  });
});

test("any free port is right for both listeners", async () => {
  const config = await configOf({ env: { LISTEN_PORT: "0", CONTROL_PORT: "0" } });
  expect([config.listen.port, config.control.port]).toEqual([0, 0]);
});

test("a control plane for other machines is right with a token", async () => {
  const env = { CONTROL_HOST: "0.0.0.0", CONTROL_TOKEN: "t0ken" };
  expect((await configOf({ env })).control).toEqual({
    host: "0.0.0.0",
    port: 8889,
    token: "t0ken",
  });
});
