import { expect, test } from "vitest";
import { listSettings } from "../../src/config/settings.ts";
import { configOf, errorIn, faultsIn, routeFile } from "../helpers/configuration.ts";

test("every variable sets its setting, over the file", async () => {
  const config = await configOf({
    yaml: `listen: { host: 127.0.0.1, port: 1 }\nlog: { level: error }\n${routeFile("name: a")}`,
    env: {
      LISTEN_HOST: "::1",
      LISTEN_PORT: "8080",
      CONTROL_HOST: "0.0.0.0",
      CONTROL_PORT: "9090",
      CONTROL_TOKEN: "t0ken",
      DATA_DIR: "/var/lib/warmfront",
      REDIS_URL: "redis://queue:1",
      CACHE_REDIS_URL: "redis://cache:2",
      CACHE_MAX_MEMORY: "64MiB",
      MEMORY_MAX_SIZE: "0",
      STORE_BUDGET: "20ms",
      LOG_LEVEL: "debug",
      LOG_HITS: "no",
      REFRESH_CONCURRENCY: "3",
      REFRESH_ATTEMPTS: "7",
      REFRESH_BACKOFF: "2s",
      REFRESH_IN_PROCESS: "0",
      DRAIN: "0",
    },
  });
  expect(config).toMatchObject({
    listen: { host: "::1", port: 8080 },
    control: { host: "0.0.0.0", port: 9090, token: "t0ken" },
    dataDir: "/var/lib/warmfront",
    redis: {
      queue: { kind: "url", url: "redis://queue:1" },
      cache: { kind: "url", url: "redis://cache:2" },
    },
    cacheMaxMemory: 67_108_864,
    memoryMaxBytes: 0,
    storeBudgetMs: 20,
    log: { level: "debug", hits: false },
    refresh: { concurrency: 3, attempts: 7, backoffMs: 2_000, inProcess: 0 },
    drainMs: 0,
  });
});

test("no variable sets two settings", () => {
  const names = listSettings().flatMap(({ env }) => env ?? []);
  expect(new Set(names).size).toBe(names.length);
});

test.each(["1", "true", "TRUE", "yes", "on"])("%s switches on", async (LOG_HITS) => {
  expect((await configOf({ env: { LOG_HITS } })).log.hits).toBe(true);
});

test.each(["0", "false", "No", "off"])("%s switches off", async (LOG_HITS) => {
  expect((await configOf({ env: { LOG_HITS } })).log.hits).toBe(false);
});

test.each(["INFO", "info", "Warning", "CRITICAL", "warn"])(
  "the log level %s is understood",
  async (LOG_LEVEL) => {
    const { level } = (await configOf({ env: { LOG_LEVEL } })).log;
    expect(level).toBe(
      { Warning: "warn", CRITICAL: "fatal" }[LOG_LEVEL] ?? LOG_LEVEL.toLowerCase(),
    );
  },
);

test("an empty variable counts as absent, and spaces around a value do not count", async () => {
  const config = await configOf({ env: { LISTEN_PORT: "", PORT: " 9000 ", CONTROL_TOKEN: "" } });
  expect(config.listen.port).toBe(9000);
  expect(config.control.token).toBeUndefined();
});

test("a secret can come from a file whose path is relative to the working folder", async () => {
  const config = await configOf({
    env: { CONTROL_TOKEN_FILE: "run/token", REDIS_URL_FILE: "run/redis" },
    files: { "run/token": "t0ken\n", "run/redis": "redis://:pw@h\n" },
  });
  expect(config.control.token).toBe("t0ken");
  expect(config.redis.queue).toEqual({ kind: "url", url: "redis://:pw@h" });
});

test.each([
  [{ LISTEN_PORT: "eighty" }, "LISTEN_PORT: listen.port must be a whole number from 0 to 65535"],
  [{ PORT: "70000" }, "PORT: listen.port must be a whole number from 0 to 65535"],
  [
    { LOG_HITS: "perhaps" },
    "LOG_HITS: log.hits must be true or false (also yes or no, on or off, 1 or 0)",
  ],
  [
    { LOG_LEVEL: "chatty" },
    "LOG_LEVEL: log.level must be `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`",
  ],
  [{ DRAIN: "25" }, "DRAIN: drain must be a duration such as 500ms, 30s, 6h or 120d"],
  [{ DRAIN: "25d" }, "DRAIN: drain must be from 0s to 24d"],
  [{ CACHE_MAX_MEMORY: "0" }, "CACHE_MAX_MEMORY: cache.max_memory must be at least 1048576 bytes"],
  [
    { REDIS_URL: "localhost:6379" },
    "REDIS_URL: redis.url must be a URL such as redis://127.0.0.1:6379/0, rediss://… or unix:/run/redis.sock",
  ],
  [
    { CONTROL_TOKEN: "two words" },
    "CONTROL_TOKEN: control.token must be visible ASCII characters without spaces",
  ],
  [{ CONTROL_TOKEN_FILE: "nope" }, "CONTROL_TOKEN_FILE: names a file that does not exist"],
  [
    { LISTEN_PORT: "1", PORT: "2" },
    "LISTEN_PORT: contradicts PORT: remove one of them, or give both the same value",
  ],
  [
    { CONTROL_HOST: "0.0.0.0" },
    "CONTROL_HOST: control.host is reachable from other machines, so control.token must be set (CONTROL_TOKEN or CONTROL_TOKEN_FILE); or use 127.0.0.1",
  ],
  [{ PORT: "8889" }, "PORT: listen.port must differ: listen.port and control.port are the same"],
])("%j stops the start", async (env, fault) => {
  expect(await faultsIn({ env: env as unknown as Record<string, string> })).toEqual([fault]);
});

test("a secret that comes twice stops the start without being shown", async () => {
  const world = {
    env: { CONTROL_TOKEN: "s3cret-a", CONTROL_TOKEN_FILE: "token" },
    files: { token: "s3cret-b" },
  };
  expect(await errorIn(world)).toBe(
    "The configuration has a fault:\n  CONTROL_TOKEN: contradicts CONTROL_TOKEN_FILE: remove one of them, or give both the same value",
  );
});
