/** What an item serves while its source, its stores and its settings do what they do. */
import { rm, writeFile } from "node:fs/promises";
import { expect, test, vi } from "vitest";
import type { ItemKind } from "../../src/config/items.ts";
import { itemKey } from "../../src/redis/keys.ts";
import { itemsWorld, serveItems } from "../helpers/items.ts";
import { startRedis } from "../helpers/redis.ts";

const MINUTE = 60_000;

test("a fresh value is served without asking the source, a stale one once more while it is refreshed", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world);
  expect(await t.ask()).toMatchObject({
    status: 200,
    text: '{"v":1}',
    cacheStatus: expect.stringMatching(
      /^warmfront; fwd=uri-miss; fwd-status=200; ttl=\d\d; stored$/,
    ),
  });
  t.advance(MINUTE - 5_000);
  const fresh = await t.ask();
  expect(fresh.headers.age).toBe("55");
  expect(fresh.cacheStatus).toMatch(/^warmfront; hit; ttl=[45]$/);
  world.origin.answers('{"v":2}');
  t.advance(10_000);
  const stale = await t.ask();
  expect(stale.text).toBe('{"v":1}');
  expect(stale.cacheStatus).toMatch(/^warmfront; hit; ttl=-[56]$/);
  await t.refreshed();
  expect(await t.ask()).toMatchObject({
    text: '{"v":2}',
    cacheStatus: expect.stringMatching(/^warmfront; hit; ttl=\d\d$/),
  });
  expect(world.origin.requests).toHaveLength(2);
});

test("whoever asks while the source is being asked gets the same answer", async () => {
  await using world = await itemsWorld();
  world.origin.answers({ body: '{"v":1}', delayMs: 50 });
  await using t = await serveItems(world);
  const answers = await Promise.all(Array.from({ length: 50 }, () => t.ask()));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(world.origin.requests).toHaveLength(1);
});

test.each(["fresh", "source"] as const)(
  "in mode %s a value outlives its source, and is not asked for at each request",
  async (mode) => {
    await using world = await itemsWorld();
    await using t = await serveItems(world, { item: { mode } });
    await t.ask();
    t.advance(24 * 60 * MINUTE);
    world.origin.answers({ status: 500, body: "canary" });
    for (let i = 0; i < 5; i++) {
      expect(await t.ask()).toMatchObject({ status: 200, text: '{"v":1}' });
      await t.refreshed();
    }
    const last = await t.ask();
    expect(last.headers.age).toBe("86400");
    expect(last.cacheStatus).toMatch(/; hit; ttl=-\d+; detail=source-failed$/);
    expect(world.origin.requests).toHaveLength(2);
    world.origin.answers('{"v":2}');
    t.advance(2 * MINUTE);
    await t.ask();
    await t.refreshed();
    expect((await t.ask()).text).toBe('{"v":2}');
  },
);

test.each([
  ["a second", { status: 500 }, 1],
  ["as long as it asks", { status: 429, headers: { "Retry-After": "30" } }, 30],
])(
  "while there is no value, a source that failed is left alone for %s",
  async (_what, answer, seconds) => {
    await using world = await itemsWorld();
    world.origin.answers(answer);
    await using t = await serveItems(world);
    t.stopClock();
    for (let i = 0; i < 5; i++) {
      const { status, headers, cacheStatus } = await t.ask();
      expect(status).toBe(503);
      expect(cacheStatus).toBe("warmfront; fwd=uri-miss; detail=source-failed");
      // The source's date was read after the clock stopped.
      expect([seconds, seconds + 1]).toContain(Number(headers["retry-after"]));
    }
    expect(world.origin.requests).toHaveLength(1);
    world.origin.answers('{"v":1}');
    t.advance(1_000 * (seconds + 1));
    expect(await t.ask()).toMatchObject({ status: 200, text: '{"v":1}' });
  },
);

test("source first: a slow source is not waited for while there is a stored value, and what it says later counts", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: { mode: "source", softTimeoutMs: 20 } });
  await t.ask();
  let answer = () => {};
  world.origin.on((_request, response) => {
    answer = () => void response.end('{"v":2}');
  });
  const slow = await t.ask();
  expect(slow).toMatchObject({ status: 200, text: '{"v":1}' });
  expect(slow.cacheStatus).toMatch(/detail=source-slow$/);
  answer();
  await vi.waitFor(() => expect(t.counts()).toEqual({ renewed: 2 }));
  world.origin.answers({ status: 500 });
  expect((await t.ask()).text).toBe('{"v":2}');
});

test("max_stale bounds how old a value may get", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: { maxAgeMs: 10 * MINUTE } });
  await t.ask();
  await world.origin.stop();
  t.advance(9 * MINUTE);
  expect((await t.ask()).status).toBe(200);
  await t.refreshed();
  t.advance(2 * MINUTE);
  expect(await t.ask()).toMatchObject({
    status: 503,
    cacheStatus: "warmfront; fwd=uri-miss; detail=source-failed",
  });
});

test.each<[string, string, ItemKind, RegExp]>([
  ["null", "null", "value", /the value is not there, or is empty/],
  ["nothing", "{}", "value", /the value is not there, or is empty/],
  ["another kind", '["canary"]', "object", /the value is not an object/],
])("%s replaces no good value", async (_what, body, expected, reason) => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: { expect: expected } });
  await t.ask();
  world.origin.answers(body);
  t.advance(2 * MINUTE);
  await t.ask();
  await t.refreshed();
  const kept = await t.ask();
  expect(kept.text).toBe('{"v":1}');
  expect(kept.cacheStatus).toMatch(/detail=value-refused$/);
  expect(t.counts()).toEqual({ renewed: 1, refused: 1 });
  const [complaint] = t.lines.filter(({ level }) => level === "error");
  expect(complaint?.reason).toMatch(reason);
  expect(JSON.stringify(t.lines)).not.toContain("canary");
});

test("a field that is gone, or became empty, replaces no good value", async () => {
  await using world = await itemsWorld();
  world.origin.answers('{"db":{"url":"good"},"x":1}');
  await using t = await serveItems(world, {
    item: { mode: "source", fields: new Map([["url", "db.url"]]) },
  });
  expect((await t.ask()).text).toBe('{"url":"good"}');
  for (const body of ['{"db":{}}', '{"db":{"url":null}}', '{"db":{"url":""}}', "{}"]) {
    world.origin.answers(body);
    t.advance(2 * MINUTE);
    expect(await t.ask()).toMatchObject({ status: 200, text: '{"url":"good"}' });
  }
  expect(t.counts()).toEqual({ renewed: 1, refused: 4 });
});

test("rejected credentials are told apart from an outage: once in the log, and in each answer", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: { mode: "source" } });
  await t.ask();
  world.origin.answers({ status: 401, body: "canary" });
  for (let i = 0; i < 3; i++) {
    t.advance(2 * MINUTE);
    const kept = await t.ask();
    expect(kept.status).toBe(200);
    expect(kept.cacheStatus).toMatch(/detail=source-rejects-credentials$/);
  }
  expect(t.counts()).toEqual({ renewed: 1, rejected: 3 });
  const alarms = t.lines.filter(({ level }) => level === "error");
  expect(alarms).toMatchObject([{ item: "/a", fault: "rejected" }]);
  expect(alarms[0]?.msg).toMatch(/rejects its credentials/);
  world.origin.answers('{"v":2}');
  t.advance(2 * MINUTE);
  expect((await t.ask()).text).toBe('{"v":2}');
  expect(t.lines.at(-1)).toMatchObject({ level: "info", msg: "An item is good again" });
});

test("with Redis gone the copy on the disk answers, and new values are kept there", async () => {
  await using redis = await startRedis();
  await using world = await itemsWorld({ redisUrl: redis.url });
  {
    await using t = await serveItems(world);
    await t.ask();
  }
  await redis.kill();
  await world.origin.stop();
  {
    await using t = await serveItems(world, { readyMs: 10 });
    expect(await t.ask()).toMatchObject({ status: 200, text: '{"v":1}' });
    await world.origin.start();
    world.origin.answers('{"v":2}');
    t.advance(2 * MINUTE);
    await t.ask();
    await t.refreshed();
    expect((await t.ask()).text).toBe('{"v":2}');
  }
  await world.origin.stop();
  await using t = await serveItems(world, { readyMs: 10 });
  expect((await t.ask()).text).toBe('{"v":2}');
});

test("a Redis that hangs holds up no answer beyond its budget", async () => {
  await using redis = await startRedis();
  await using world = await itemsWorld({ redisUrl: redis.url });
  await using t = await serveItems(world);
  await t.ask();
  redis.freeze();
  try {
    t.advance(2 * MINUTE);
    expect((await t.ask()).status).toBe(200);
  } finally {
    redis.thaw();
  }
});

test("with the disk gone values are served and kept in Redis", async () => {
  await using world = await itemsWorld();
  {
    await using t = await serveItems(world);
    await rm(world.folder, { recursive: true });
    await writeFile(world.folder, "");
    expect((await t.ask()).status).toBe(200);
    await vi.waitFor(async () => expect(await t.client.exists(itemKey("/a"))).toBe(1));
    await vi.waitFor(() =>
      expect(t.lines.map(({ msg }) => msg)).toContain("Copies of items cannot be written to disk"),
    );
  }
  await world.origin.stop();
  await rm(world.folder);
  await using t = await serveItems(world);
  expect((await t.ask()).text).toBe('{"v":1}');
});

test("another source under the same path never serves the value of the earlier one; other credentials do", async () => {
  await using world = await itemsWorld();
  const heroku = (app: string, apiToken: string) => ({
    source: { module: "Heroku", app, apiToken, baseUrl: world.origin.url } as const,
  });
  {
    await using t = await serveItems(world, { item: heroku("one", "a") });
    await t.ask();
  }
  world.origin.answers({ status: 500 });
  await using rotated = await serveItems(world, { item: heroku("one", "b") });
  expect((await rotated.ask()).text).toBe('{"v":1}');
  await using other = await serveItems(world, { item: heroku("two", "b") });
  expect((await other.ask()).status).toBe(503);
  await using fields = await serveItems(world, {
    item: { ...heroku("one", "b"), fields: new Map([["v", "v"]]) },
  });
  expect((await fields.ask()).status).toBe(503);
});
