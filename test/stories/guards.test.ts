import { expect, test, vi } from "vitest";
import type { RouteGuards } from "../../src/config/route.ts";
import { startFront } from "../helpers/front.ts";
import type { Answer } from "../helpers/origin.ts";
import { stored } from "../helpers/stored.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
const good: Answer = {
  headers: JSON_TYPE,
  body: JSON.stringify({ items: ["one", "two", "three"] }),
};

/** What a source may answer with a 200 although it is broken, the guard that refuses it, and why. */
const refusals: [string, Partial<RouteGuards>, Answer, string][] = [
  [
    "a page in place of data",
    { contentType: ["application/json"] },
    { headers: { "Content-Type": "text/html" }, body: "<h1>Sorry</h1>" },
    "content type text/html is not expected",
  ],
  [
    "half a document",
    { json: true },
    { headers: JSON_TYPE, body: '{"items": ["one"' },
    "the body is not JSON",
  ],
  [
    "a document without its data",
    { jsonPaths: ["items.0"] },
    { headers: JSON_TYPE, body: '{"items":[]}' },
    "items.0 is missing",
  ],
  [
    "next to nothing",
    { minBytes: 10 },
    { headers: JSON_TYPE, body: "{}" },
    "2 bytes are fewer than 10",
  ],
  [
    "much less than before",
    { maxShrink: 0.5 },
    { headers: JSON_TYPE, body: '{"items":[]}' },
    "12 bytes are more than 50 % fewer than 31",
  ],
];

test.each(refusals)(
  "%s does not replace the good answer while a client waits, and the reason is told",
  async (_, guards, bad, reason) => {
    await using front = await startFront({
      freshness: { freshForMs: 60_000 },
      guards: { json: false, jsonPaths: [], ...guards },
    });
    front.origin.answers(good, bad, bad, good);
    const first = await stored(front, "/data");
    front.advance(61_000);
    const kept = await front.ask("/data");
    expect(kept).toMatchObject({ status: 200, text: first });
    expect(kept.cacheStatus).toContain(`detail="guarded: ${reason}"`);
    expect(front.lines).toContainEqual(
      expect.objectContaining({
        path: "/data",
        outcome: "stale-if-error",
        detail: `guarded: ${reason}`,
      }),
    );
  },
);

test.each(refusals)(
  "%s does not replace the good answer in a refresh job, and the reason is told",
  async (_, guards, bad, reason) => {
    await using front = await startFront({
      freshness: { freshForMs: 60_000, staleWhileRevalidateMs: 3_600_000 },
      guards: { json: false, jsonPaths: [], ...guards },
    });
    front.origin.answers(good, bad);
    const first = await stored(front, "/data");
    front.advance(61_000);
    expect((await front.ask("/data")).text).toBe(first);
    await vi.waitFor(() =>
      expect(front.lines).toContainEqual(
        expect.objectContaining({ msg: "Job completed", outcome: "kept", detail: reason }),
      ),
    );
    const kept = await front.ask("/data");
    expect(kept.text).toBe(first);
    expect(kept.cacheStatus).toContain("detail=stale-while-revalidate");
  },
);

test("a refused answer is not asked for again by the next request, and a good one ends that", async () => {
  await using front = await startFront({
    freshness: { freshForMs: 60_000, staleIfErrorMs: 3_600_000 },
    guards: { json: true, jsonPaths: [] },
  });
  front.origin.answers(good, "nonsense", { headers: JSON_TYPE, body: '"better"' });
  await stored(front, "/data");
  front.advance(61_000);
  expect((await front.ask("/data")).cacheStatus).toContain("guarded");
  expect((await front.ask("/data")).cacheStatus).toContain("detail=backoff");
  expect(front.origin.requests).toHaveLength(2);
  front.advance(1_100);
  expect((await front.ask("/data")).text).toBe('"better"');
});

test("with nothing stored a refused answer is passed on, not stored, and told of", async () => {
  await using front = await startFront({
    freshness: { freshForMs: 60_000 },
    guards: { json: true, jsonPaths: [] },
  });
  front.origin.answers("nonsense", good);
  const passed = await front.ask("/data");
  expect(passed).toMatchObject({ status: 200, text: "nonsense" });
  expect(passed.cacheStatus).not.toContain("stored");
  await vi.waitFor(() =>
    expect(front.lines).toContainEqual(
      expect.objectContaining({
        msg: "A guard refused an answer",
        route: "test",
        reason: "the body is not JSON",
      }),
    ),
  );
  expect((await front.ask("/data")).text).toContain("one");
  expect(front.origin.requests).toHaveLength(2);
});

test("a body that outgrows max_body on its way does not take the good answer's place", async () => {
  await using front = await startFront({
    freshness: { freshForMs: 60_000 },
    guards: { json: true, jsonPaths: [] },
    maxBody: 1_000,
  });
  front.origin.on((_req, res) => {
    if (front.origin.requests.length === 1) return res.end("[1]");
    // No Content-Length: nobody knows how much will come.
    for (let i = 0; i < 10; i++) res.write(JSON.stringify("x".repeat(500)));
    return res.end();
  });
  await stored(front, "/data");
  front.advance(61_000);
  const kept = await front.ask("/data");
  expect(kept.text).toBe("[1]");
  expect(kept.cacheStatus).toContain("larger than max_body");
});
