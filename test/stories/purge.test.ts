import { expect, test, vi } from "vitest";
import { startControlPlane } from "../helpers/control-plane.ts";
import { startFront, type TestFront } from "../helpers/front.ts";
import { startRedis } from "../helpers/redis.ts";
import { stored } from "../helpers/stored.ts";

const lasting = {
  freshness: { freshForMs: 60_000, staleWhileRevalidateMs: 60_000, staleIfErrorMs: 60_000 },
};

/** An origin whose every answer differs: `path 1`, `path 2`, … */
function countUp(front: TestFront, headers: Record<string, string> = {}): void {
  let count = 0;
  front.origin.on((req, res) => {
    count += 1;
    res.writeHead(200, headers).end(`${req.url} ${count}`);
  });
}

test("a purged URL is fetched anew, in every process within a second, and others are not", async () => {
  await using front = await startFront(lasting);
  await using other = await startFront({ ...lasting, redis: front.redis, origin: front.origin });
  await using control = await startControlPlane(front);
  countUp(front);
  await stored(front, "/a");
  await stored(front, "/b");
  expect(await stored(other, "/a")).toBe("/a 1");
  const purged = await control.post("/purge", { url: "/a" });
  expect(purged).toMatchObject({ status: 200, json: { mode: "hard", count: 1, what: ["/a"] } });
  expect((await front.ask("/a")).text).toBe("/a 3");
  await vi.waitFor(async () => expect((await other.ask("/a")).text).toBe("/a 3"), {
    timeout: 1_000,
    interval: 20,
  });
  expect((await front.ask("/b")).text).toBe("/b 2");
  expect(front.origin.requests).toHaveLength(3);
});

test.each([
  ["a tag", { tag: "red" }],
  ["one of several tags", { tags: ["blue", "red"] }],
  ["a prefix", { prefix: "/a" }],
  ["a route", { route: "test" }],
  ["everything", { all: true }],
  ["a URL of the data plane", { url: "http://example.org:8888/a?x=1#part" }],
])("a purge by %s takes the answer away", async (_, scope) => {
  await using front = await startFront(lasting);
  await using control = await startControlPlane(front);
  countUp(front, { "Surrogate-Key": "green red" });
  await stored(front, "/a?x=1");
  expect(await control.post("/purge", scope)).toMatchObject({ status: 200 });
  expect((await front.ask("/a?x=1")).text).toBe("/a?x=1 2");
});

test("a purge takes all variants, and the answers of all principals", async () => {
  await using front = await startFront({ ...lasting, perPrincipal: true });
  await using control = await startControlPlane(front);
  countUp(front);
  const readers = [{}, { accept: "text/csv" }, { authorization: "a" }, { authorization: "b" }];
  for (const headers of readers) await stored(front, "/a", headers);
  expect(front.origin.requests).toHaveLength(4);
  await control.post("/purge", { url: "/a" });
  for (const headers of readers)
    expect((await front.ask("/a", { headers })).cacheStatus).not.toContain("hit");
  expect(front.origin.requests).toHaveLength(8);
});

test("a softly purged answer is sent once more while it is fetched anew", async () => {
  await using front = await startFront(lasting);
  await using control = await startControlPlane(front);
  countUp(front);
  await stored(front, "/a");
  await control.post("/purge", { url: "/a", mode: "soft" });
  const stale = await front.ask("/a");
  expect(stale.text).toBe("/a 1");
  expect(stale.cacheStatus).toMatch(/hit; ttl=-\d+; detail=stale-while-revalidate/);
  await vi.waitFor(async () => expect((await front.ask("/a")).text).toBe("/a 2"));
});

test("a softly purged answer stands in for a source that fails, a purged one does not", async () => {
  await using front = await startFront({
    freshness: { ...lasting.freshness, staleWhileRevalidateMs: 0 },
  });
  await using control = await startControlPlane(front);
  countUp(front);
  await stored(front, "/soft");
  await stored(front, "/hard");
  await control.post("/purge", { url: "/soft", mode: "soft" });
  await control.post("/purge", { url: "/hard", mode: "hard" });
  await front.origin.stop();
  expect(await front.ask("/soft")).toMatchObject({ status: 200, text: "/soft 1" });
  expect(await front.ask("/hard")).toMatchObject({ status: 502 });
});

test("a fetch that was running when the purge came cannot bring the old answer back", async () => {
  await using front = await startFront(lasting);
  await using control = await startControlPlane(front);
  front.origin.answers({ body: "old", delayMs: 300 }, "new");
  const running = front.ask("/a");
  await front.origin.received(1);
  await control.post("/purge", { url: "/a" });
  expect((await running).text).toBe("old");
  await vi.waitFor(async () => expect((await front.ask("/a")).text).toBe("new"));
  expect((await front.ask("/a")).text).toBe("new");
});

test("a validation that was running when the purge came does not make the old answer fresh", async () => {
  await using front = await startFront({
    freshness: { freshForMs: 60_000, staleIfErrorMs: 60_000 },
  });
  await using control = await startControlPlane(front);
  let body = "old";
  let release = () => {};
  front.origin.on((req, res) => {
    const headers = { ETag: '"same"' };
    if (req.headers["if-none-match"] === undefined) res.writeHead(200, headers).end(body);
    else release = () => res.writeHead(304, headers).end();
  });
  await stored(front, "/a");
  front.advance(61_000);
  const running = front.ask("/a");
  await front.origin.received(2);
  body = "new";
  await control.post("/purge", { url: "/a" });
  release();
  expect((await running).text).toBe("new");
  expect((await front.ask("/a")).text).toBe("new");
});

test("a process that starts later knows the purges that were made before it", async () => {
  await using front = await startFront(lasting);
  await using control = await startControlPlane(front);
  countUp(front);
  await stored(front, "/a");
  await control.post("/purge", { url: "/a" });
  await using later = await startFront({ ...lasting, redis: front.redis, origin: front.origin });
  expect((await later.ask("/a")).text).toBe("/a 2");
});

test("while the purges cannot be read, what is stored is asked for again and stands in for its source", async () => {
  const route = { freshness: { freshForMs: 60_000, staleIfErrorMs: 60_000 } };
  await using front = await startFront(route);
  await using queueRedis = await startRedis();
  countUp(front);
  await stored(front, "/a");
  await stored(front, "/b");
  await queueRedis.kill();
  await using later = await startFront({
    ...{ ...route, redis: front.redis, origin: front.origin, queueRedis, worker: false },
  });
  expect((await later.ask("/a")).text).toBe("/a 3");
  await vi.waitFor(async () => expect((await later.ask("/a")).cacheStatus).toContain("hit"));
  await front.origin.stop();
  expect(await later.ask("/b")).toMatchObject({ status: 200, text: "/b 2" });
  await queueRedis.restart();
  await vi.waitFor(async () => expect((await later.ask("/b")).cacheStatus).toMatch(/hit; ttl=\d/), {
    timeout: 5_000,
  });
});
