import { expect, test, vi } from "vitest";
import { startFront } from "../helpers/front.ts";
import { stored } from "../helpers/stored.ts";

test("a stale answer is sent at once and refreshed behind it by a job", async () => {
  await using front = await startFront({
    freshness: { freshForMs: 1_000, staleWhileRevalidateMs: 60_000 },
  });
  const { origin } = front;
  origin.answers("one", "two");

  expect(await front.ask("/quote")).toMatchObject({
    text: "one",
    cacheStatus: "warmfront; fwd=uri-miss; fwd-status=200; stored",
  });
  expect(await front.ask("/quote")).toMatchObject({
    text: "one",
    cacheStatus: expect.stringMatching(/^warmfront; hit; ttl=[01]$/),
  });
  front.advance(2_000);
  const stale = await front.ask("/quote");
  expect(stale.text).toBe("one");
  expect(stale.cacheStatus).toMatch(/^warmfront; hit; ttl=-\d; detail="?stale-while-revalidate"?$/);
  await origin.received(2);
  await vi.waitFor(async () => expect((await front.ask("/quote")).text).toBe("two"));
  expect(origin.requests).toHaveLength(2);
});

test("outside its window a stale answer is not given: the client waits for the source", async () => {
  await using front = await startFront({
    freshness: { freshForMs: 60_000, staleWhileRevalidateMs: 1_000 },
  });
  front.origin.answers("one", "two");
  await stored(front, "/quote");
  front.advance(62_000);
  expect(await front.ask("/quote")).toMatchObject({
    text: "two",
    cacheStatus: expect.stringMatching(/fwd=(?:stale|miss);/),
  });
});

test("a stopped source does not take the last good answer away", async () => {
  await using front = await startFront({
    freshness: { freshForMs: 1_000, staleIfErrorMs: 60_000 },
  });
  front.origin.answers("good");
  await front.ask("/quote");
  await front.origin.stop();
  front.advance(2_000);
  const kept = await front.ask("/quote");
  expect(kept).toMatchObject({ status: 200, text: "good" });
  expect(kept.cacheStatus).toContain("hit; ttl=-");
  expect(Number(kept.headers.age)).toBeGreaterThanOrEqual(2);
  front.advance(120_000);
  expect(await front.ask("/quote")).toMatchObject({ status: 502 });
});

test("a source that answers 503 does not replace the last good answer", async () => {
  await using front = await startFront({
    freshness: { freshForMs: 1_000, staleIfErrorMs: 60_000 },
  });
  front.origin.answers("good", { status: 503, body: "down" });
  await stored(front, "/quote");
  front.advance(2_000);
  expect(await front.ask("/quote")).toMatchObject({ status: 200, text: "good" });
  expect(await front.ask("/quote")).toMatchObject({ status: 200, text: "good" });
});

test("a slow source is answered for after the soft time-out, and what it brings is stored", async () => {
  await using front = await startFront({
    freshness: { freshForMs: 1_000, staleIfErrorMs: 60_000 },
    softTimeoutMs: 50,
  });
  front.origin.answers("one", { body: "two", delayMs: 300 });
  await stored(front, "/quote");
  front.advance(2_000);
  const slow = await front.ask("/quote");
  expect(slow.text).toBe("one");
  expect(slow.cacheStatus).toContain("slow");
  await vi.waitFor(async () => expect(await front.ask("/quote")).toMatchObject({ text: "two" }), {
    timeout: 3_000,
  });
});

test("a validator is used: a 304 makes the stored answer fresh again", async () => {
  await using front = await startFront({ freshness: { freshForMs: 1_000 } });
  front.origin.on((req, res) => {
    if (req.headers["if-none-match"] === '"a"')
      res.writeHead(304, { ETag: '"a"', "X-Seen": "again" }).end();
    else res.writeHead(200, { ETag: '"a"' }).end("body");
  });
  await stored(front, "/quote");
  front.advance(2_000);
  const validated = await front.ask("/quote");
  expect(validated).toMatchObject({
    status: 200,
    text: "body",
    cacheStatus: expect.stringContaining("fwd-status=304"),
  });
  expect(validated.headers["x-seen"]).toBe("again");
  expect(await front.ask("/quote")).toMatchObject({
    text: "body",
    cacheStatus: expect.stringMatching(/hit/),
  });
  expect(front.origin.requests).toHaveLength(2);
});
