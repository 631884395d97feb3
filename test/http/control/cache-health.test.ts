import { expect, test } from "vitest";
import { fronting, startProcess } from "../../helpers/process.ts";
import { startRedis } from "../../helpers/redis.ts";

test("/health/cache tells operators everything about the cache store, and clients whether it answers", async () => {
  await using redis = await startRedis();
  const env = { REDIS_URL: redis.url, CONTROL_TOKEN: "operators-only" };
  const yaml = fronting("http://127.0.0.1:9000");
  await using web = await startProcess({ entry: "web", yaml, env });
  const headers = { authorization: "Bearer operators-only" };
  expect((await web.control("/health/cache")).status).toBe(401);
  const full = await web.control("/health/cache", { headers });
  expect(full.status).toBe(200);
  const { status, cache } = JSON.parse(full.text);
  expect(status).toBe("healthy");
  expect(cache).toEqual({
    healthy: true,
    latency_ms: expect.any(Number),
    version: expect.stringMatching(/^\d+\./),
    used_memory: expect.any(Number),
    connected_clients: expect.any(Number),
    uptime_seconds: expect.any(Number),
  });
  const short = await web.ask("/health/cache");
  expect(short).toMatchObject({ status: 200, text: '{"status":"healthy"}' });
  expect(short.headers["cache-control"]).toBe("no-store");
  await redis.kill();
  await expect.poll(async () => (await web.ask("/health/cache")).status).toBe(503);
  expect((await web.ask("/health/cache")).text).toBe('{"status":"unhealthy"}');
  const away = await web.control("/health/cache", { headers });
  expect(away.status).toBe(503);
  expect(JSON.parse(away.text)).toMatchObject({ status: "unhealthy", cache: { healthy: false } });
  await redis.restart();
});
