import { expect, test, vi } from "vitest";
import { startFront } from "../helpers/front.ts";
import { stored } from "../helpers/stored.ts";

const ahead = { freshness: { freshForMs: 100_000 }, refreshAhead: 0.2, memory: 0 };
// A rule for the query keeps requests off the hot path.
const query = { key: { query: { mode: "sorted" }, fields: [] } } as const;

test("an answer in use is refreshed before it gets stale, so that nobody ever waits", async () => {
  await using front = await startFront({ ...ahead, ...query });
  front.origin.answers("one", "two");
  await stored(front, "/quote");
  front.advance(70_000);
  await front.ask("/quote");
  front.advance(20_000);
  expect(front.origin.requests).toHaveLength(1);
  const hit = await front.ask("/quote");
  expect(hit).toMatchObject({ text: "one", cacheStatus: expect.stringMatching(/hit; ttl=\d$/) });
  await front.origin.received(2);
  await vi.waitFor(async () => expect((await front.ask("/quote")).text).toBe("two"));
  expect((await front.ask("/quote")).cacheStatus).toMatch(/hit; ttl=9\d$/);
  expect(front.origin.requests).toHaveLength(2);
});

test("what a principal was answered is refreshed with that principal's credential", async () => {
  await using front = await startFront({ ...ahead, ...query, perPrincipal: true });
  front.origin.on((req, res) =>
    res.end(`${req.headers.authorization} ${front.origin.requests.length}`),
  );
  const headers = { authorization: "alice" };
  await stored(front, "/quote", headers);
  front.advance(90_000);
  expect((await front.ask("/quote", { headers })).text).toBe("alice 1");
  await vi.waitFor(async () =>
    expect((await front.ask("/quote", { headers })).text).toBe("alice 2"),
  );
});
