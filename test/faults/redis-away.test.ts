import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { temporaryFolder } from "../helpers/embedded.ts";
import { failuresOf, startLoad } from "../helpers/load.ts";
import { type Origin, startOrigin } from "../helpers/origin.ts";
import { fronting, runToEnd, startProcess, type TestProcess } from "../helpers/process.ts";
import { startRedis } from "../helpers/redis.ts";

vi.setConfig({ testTimeout: 90_000 });

const AWAY = "OK\ndegraded: the cache Redis is away";
const WELL = { live: "OK", status: "ready", cache: "up", queue: "up" };

test("web starts without Redis, answers from the source and says so, and uses Redis as soon as it is there", async () => {
  await using redis = await startRedis();
  await redis.kill();
  await using origin = await startOrigin();
  await using web = await startWeb(origin, redis.url);
  expect(await web.ask("/a")).toMatchObject({ status: 200, text: "ok" });
  expect(await health(web)).toEqual({
    live: AWAY,
    status: "degraded",
    cache: "down",
    queue: "down",
  });
  await redis.restart();
  await expect.poll(() => health(web), { timeout: 10_000 }).toEqual(WELL);
  await expect.poll(async () => (await web.ask("/b")).cacheStatus).toContain("; hit");
});

test("npm start with a Redis that cannot be reached ends with 78, names the setting but no secret, and starts no store", async () => {
  await using redis = await startRedis();
  await redis.kill();
  await using folder = await temporaryFolder();
  const ended = await runToEnd({
    entry: "main",
    yaml: fronting("http://127.0.0.1:9000"),
    env: { REDIS_URL: redis.url.replace("//", "//:open-sesame@") },
    folder: folder.path,
  });
  expect(ended.code).toBe(78);
  expect(ended.errors).toMatch(/^Cannot start: the Redis for the queue does not answer\.\n/);
  expect(ended.errors).toContain("REDIS_URL");
  expect(ended.errors + JSON.stringify(ended.lines)).not.toContain("open-sesame");
  expect(existsSync(join(folder.path, "data"))).toBe(false);
});

test.each(["web", "worker"] as const)(
  "%s without a REDIS_URL ends with 78 and says what to do",
  async (entry) => {
    const ended = await runToEnd({ entry, yaml: fronting("http://127.0.0.1:9000") });
    expect(ended).toMatchObject({ code: 78 });
    expect(ended.errors).toMatch(/^Cannot start: no REDIS_URL\.\n.*npm start/);
  },
);

test("Redis killed under load: every request is answered, and hits resume when it is back", {
  timeout: 60_000,
}, async () => {
  await using redis = await startRedis();
  await using origin = await startOrigin();
  await using web = await startWeb(origin, redis.url);
  await using load = startLoad({ port: web.port, path: (n) => `/item/${n % 50}` });
  await load.more(500);
  await redis.kill();
  await load.more(500);
  await expect
    .poll(() => health(web))
    .toMatchObject({ live: AWAY, status: "degraded", cache: "down" });
  await load.more(500);
  await redis.restart();
  await expect.poll(() => health(web), { timeout: 10_000 }).toEqual(WELL);
  await load.more(500);
  expect(failuresOf(await load.stop())).toEqual([]);
  await expect.poll(async () => (await web.ask("/after")).cacheStatus).toContain("; hit");
});

test("Redis frozen under load: every request is answered, and hits resume when it is thawed", {
  timeout: 60_000,
}, async () => {
  await using redis = await startRedis();
  await using origin = await startOrigin();
  await using web = await startWeb(origin, redis.url);
  await using load = startLoad({ port: web.port, path: (n) => `/item/${n % 50}` });
  await load.more(500);
  redis.freeze();
  await expect
    .poll(() => health(web), { timeout: 10_000 })
    .toMatchObject({ live: AWAY, status: "degraded", cache: "down" });
  await load.more(500);
  redis.thaw();
  await expect.poll(() => health(web), { timeout: 10_000 }).toEqual(WELL);
  await load.more(500);
  expect(failuresOf(await load.stop())).toEqual([]);
  await expect.poll(async () => (await web.ask("/after")).cacheStatus).toContain("; hit");
});

function startWeb(origin: Origin, redisUrl: string): Promise<TestProcess> {
  return startProcess({ entry: "web", yaml: fronting(origin.url), env: { REDIS_URL: redisUrl } });
}

/** What both planes say of the process: `/healthz`, and status and checks of `/readyz`. */
async function health(web: TestProcess): Promise<unknown> {
  const [live, ready] = await Promise.all([web.ask("/healthz"), web.control("/readyz")]);
  expect([live.status, ready.status]).toEqual([200, 200]);
  const { status, checks } = JSON.parse(ready.text);
  return { live: live.text, status, ...checks };
}
