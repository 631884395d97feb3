/** Items of a web process and a worker process over one Redis. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { startOrigin } from "../helpers/origin.ts";
import { runToEnd, startProcess } from "../helpers/process.ts";
import { startRedis } from "../helpers/redis.ts";

async function world(settings: string) {
  const origin = await startOrigin();
  const redis = await startRedis();
  const folder = await mkdtemp(join(tmpdir(), "warmfront-items-"));
  const yaml = `routes:
  - path: /*
    source: { url: "${origin.url}/routed" }
    freshness: { fresh_for: 1h }
items:
  /a: { module: JsonHttp, parameters: { url: "${origin.url}/source" }, public: true, ${settings} }
`;
  const WARMFRONT_SECRET_KEY = randomBytes(32).toString("hex");
  return {
    origin,
    redis,
    both: { yaml, folder, env: { REDIS_URL: redis.url, WARMFRONT_SECRET_KEY } },
    async [Symbol.asyncDispose]() {
      await origin.stop();
      await redis.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

test("on a schedule a value is there before anyone asks, and stays there when its source goes", async () => {
  await using w = await world("refresh_every: 1s");
  w.origin.answers('{"v":1}');
  {
    await using worker = await startProcess({ entry: "worker", ...w.both });
    await worker.logged(({ outcome }) => outcome === "stored");
  }
  await w.origin.stop();
  await using web = await startProcess({ entry: "web", ...w.both });
  const answer = await web.ask("/a");
  expect(answer).toMatchObject({ status: 200, text: '{"v":1}' });
  expect(answer.cacheStatus).toMatch(/^warmfront; hit; ttl=\d+$/);
});

test("a stale answer makes the worker refresh the value, once for all who ask", async () => {
  await using w = await world("fresh_for: 0s");
  w.origin.answers('{"v":1}', '{"v":2}');
  await using _worker = await startProcess({ entry: "worker", ...w.both });
  await using web = await startProcess({ entry: "web", ...w.both });
  expect((await web.ask("/a")).text).toBe('{"v":1}');
  const stale = await web.ask("/a");
  expect(stale).toMatchObject({ status: 200, text: '{"v":1}' });
  await w.origin.received(2);
  await vi.waitFor(async () => expect((await web.ask("/a")).text).toBe('{"v":2}'));
  expect(w.origin.requests.every(({ url }) => url === "/source")).toBe(true);
  const explained = JSON.parse((await web.control("/explain?url=/a")).text);
  expect(explained).toMatchObject({ now: { action: "item" } });
  const listed = JSON.parse((await web.control("/items")).text);
  expect(listed).toMatchObject({ items: [{ path: "/a", source: new URL(w.origin.url).host }] });
});

test("an answer that a route has stored is not served in place of an item", async () => {
  await using w = await world("fresh_for: 1h");
  w.origin.answers({ body: "routed", headers: { "Cache-Control": "public" } });
  const before = { ...w.both, yaml: w.both.yaml.replace(/^items:.*/ms, "") };
  {
    await using web = await startProcess({ entry: "web", ...before });
    await web.ask("/a");
    await vi.waitFor(async () =>
      expect((await web.ask("/a")).cacheStatus).toMatch(/^warmfront; hit/),
    );
  }
  w.origin.answers('{"v":1}');
  await using web = await startProcess({ entry: "web", ...w.both });
  expect((await web.ask("/a")).text).toBe('{"v":1}');
  expect((await web.ask("/b")).status).toBe(200);
  expect(w.origin.requests.at(-1)?.url).toBe("/routed/b");
});

test("while the queue is away a value is refreshed by the process that serves it", async () => {
  await using w = await world("fresh_for: 0s");
  w.origin.answers('{"v":1}', '{"v":2}');
  await using web = await startProcess({ entry: "web", ...w.both });
  expect((await web.ask("/a")).text).toBe('{"v":1}');
  await w.redis.kill();
  await vi.waitFor(async () => expect((await web.ask("/a")).text).toBe('{"v":2}'));
});

test("without a key to seal with, a process over a configured Redis says what to set", async () => {
  await using w = await world("fresh_for: 1h");
  const { REDIS_URL } = w.both.env;
  const ended = await runToEnd({ entry: "web", ...w.both, env: { REDIS_URL } });
  expect(ended.code).toBe(78);
  expect(ended.errors).toMatch(
    /items need a key that seals secrets at rest.*WARMFRONT_SECRET_KEY/s,
  );
});
