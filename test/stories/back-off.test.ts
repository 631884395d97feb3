import { expect, test, vi } from "vitest";
import { startFront } from "../helpers/front.ts";
import { stored } from "../helpers/stored.ts";

const bridged = { freshness: { freshForMs: 60_000, staleIfErrorMs: 3_600_000 } };

test("after a failure the stored answer is sent at once for a second, then for two, and a success ends that", async () => {
  await using front = await startFront(bridged);
  const { origin } = front;
  const failing = { status: 503, body: "down" };
  origin.answers("one", failing, failing, "two");
  await stored(front, "/quote");
  front.advance(61_000);
  expect((await front.ask("/quote")).cacheStatus).toContain("detail=status-503");
  expect(origin.requests).toHaveLength(2);
  const resting = await front.ask("/quote");
  expect(resting).toMatchObject({ status: 200, text: "one" });
  expect(resting.cacheStatus).toContain("detail=backoff");
  front.advance(1_100);
  expect((await front.ask("/quote")).cacheStatus).toContain("detail=status-503");
  front.advance(1_100);
  expect((await front.ask("/quote")).cacheStatus).toContain("detail=backoff");
  expect(origin.requests).toHaveLength(3);
  front.advance(1_000);
  expect((await front.ask("/quote")).text).toBe("two");
  await stored(front, "/quote");
  expect(origin.requests).toHaveLength(4);
});

test("a source that cannot be reached is not asked by every request", async () => {
  await using front = await startFront(bridged);
  await stored(front, "/quote");
  await front.origin.stop();
  front.advance(61_000);
  expect((await front.ask("/quote")).cacheStatus).toContain("refused");
  const { connections } = front.origin;
  for (let i = 0; i < 20; i++)
    expect((await front.ask("/quote")).cacheStatus).toContain("detail=backoff");
  expect(front.origin.connections).toBe(connections);
});

test("a client that asks for validation does not wake a source that rests", async () => {
  const headers = { "Cache-Control": "no-cache" };
  await using front = await startFront({ ...bridged, preset: "transparent" });
  front.origin.answers({ body: "one" }, { status: 500 });
  await stored(front, "/quote");
  expect((await front.ask("/quote", { headers })).text).toBe("one");
  expect((await front.ask("/quote", { headers })).cacheStatus).toContain("detail=backoff");
  expect((await front.ask("/quote", { method: "HEAD", headers })).status).toBe(200);
  expect(front.origin.requests).toHaveLength(2);
});

test("outside the window of stale-if-error a source is asked however often it fails", async () => {
  await using front = await startFront({
    freshness: { freshForMs: 60_000, staleIfErrorMs: 600_000 },
  });
  front.origin.answers({ headers: { ETag: '"a"' }, body: "one" }, { status: 503, body: "down" });
  await stored(front, "/quote");
  front.advance(650_000);
  expect((await front.ask("/quote")).status).toBe(200);
  front.advance(11_000);
  expect(await front.ask("/quote")).toMatchObject({ status: 503, text: "down" });
  expect(front.origin.requests).toHaveLength(3);
});

test("a source that names a time is not asked before it, and a spent rate budget takes nothing away", async () => {
  await using front = await startFront(bridged);
  const limited = { status: 429, headers: { "Retry-After": "30" } };
  front.origin.answers("one", limited, "two");
  await stored(front, "/quote");
  front.advance(61_000);
  expect((await front.ask("/quote")).cacheStatus).toContain("detail=status-429");
  front.advance(1_100);
  expect((await front.ask("/quote")).cacheStatus).toContain("detail=resting");
  front.advance(27_000);
  expect((await front.ask("/quote")).cacheStatus).toContain("detail=backoff");
  expect(front.origin.requests).toHaveLength(2);
  // A second more than thirty: what the clock is moved by while Redis answers is taken for its lead.
  front.advance(3_100);
  expect((await front.ask("/quote")).text).toBe("two");
});

test("all who wait for a slow source are answered after the soft time-out, and nobody asks it again meanwhile", async () => {
  await using front = await startFront({ ...bridged, softTimeoutMs: 50 });
  front.origin.answers("one", { body: "two", delayMs: 1_000 });
  await stored(front, "/quote");
  front.advance(61_000);
  const answers = await Promise.all(Array.from({ length: 10 }, () => front.ask("/quote")));
  for (const { text, cacheStatus } of answers) {
    expect(text).toBe("one");
    expect(cacheStatus).toMatch(/detail=(?:slow|backoff)/);
  }
  expect(front.origin.requests).toHaveLength(2);
  await vi.waitFor(async () => expect((await front.ask("/quote")).text).toBe("two"), {
    timeout: 5_000,
  });
  expect(front.origin.requests).toHaveLength(2);
});

test("a refresh that fails in this process rests too", async () => {
  await using front = await startFront({
    freshness: { freshForMs: 60_000, staleWhileRevalidateMs: 3_600_000 },
    perPrincipal: true,
  });
  const headers = { authorization: "a" };
  front.origin.answers("one", { status: 500 });
  await stored(front, "/quote", headers);
  front.advance(61_000);
  expect((await front.ask("/quote", { headers })).text).toBe("one");
  await vi.waitFor(() =>
    expect(front.lines).toContainEqual(expect.objectContaining({ msg: "A refresh failed" })),
  );
  for (let i = 0; i < 5; i++) await front.ask("/quote", { headers });
  expect(front.origin.requests).toHaveLength(2);
  front.advance(1_100);
  await front.ask("/quote", { headers });
  await front.origin.received(3);
});
