import { Redis } from "ioredis";
import { expect, test, vi } from "vitest";
import { BUDGET_DEFAULTS } from "../../src/config/budget.ts";
import { type FrontOptions, startFront, testRoute } from "../helpers/front.ts";
import { type Origin, startOrigin } from "../helpers/origin.ts";
import { startRedis } from "../helpers/redis.ts";
import { stored } from "../helpers/stored.ts";

const bridged = { freshness: { freshForMs: 60_000, staleIfErrorMs: 3_600_000 } };
const revalidated = { freshness: { freshForMs: 60_000, staleWhileRevalidateMs: 3_600_000 } };

function granting(origin: Origin, limits: { count: number; perMs: number }, waitMs = 0) {
  const sources = new Map([[origin.url, { rate: limits }]]);
  return { origin, budget: { waitMs, sources } } satisfies FrontOptions;
}

test("two processes ask a source together no more than its rate allows", async () => {
  await using redis = await startRedis();
  await using origin = await startOrigin();
  const arrivals: number[] = [];
  origin.on((_, response) => {
    arrivals.push(performance.now());
    response.end("ok");
  });
  const limits = granting(origin, { count: 5, perMs: 1_500 }, 30_000);
  await using one = await startFront({ ...limits, redis });
  await using two = await startFront({ ...limits, redis });
  const answers = await Promise.all(
    Array.from({ length: 15 }, (_, i) => (i % 2 === 0 ? one : two).ask(`/${i}`)),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 15 }, () => 200));
  // What was granted apart may arrive closer together on a busy machine.
  for (const [i, at] of arrivals.entries()) {
    const later = arrivals[i + 5];
    if (later !== undefined) expect(later - at).toBeGreaterThan(500);
  }
});

test("with a spent budget and nothing stored the client is told when to come back", async () => {
  await using origin = await startOrigin();
  await using front = await startFront({
    ...bridged,
    ...granting(origin, { count: 1, perMs: 60_000 }),
  });
  await stored(front, "/one");
  const refused = await front.ask("/two");
  expect(refused.status).toBe(503);
  expect(JSON.parse(refused.text)).toMatchObject({ type: "urn:warmfront:problem:source-resting" });
  const seconds = Number(refused.headers["retry-after"]);
  expect(seconds).toBeGreaterThan(50);
  expect(seconds).toBeLessThanOrEqual(64);
  expect((await front.ask("/one")).cacheStatus).toContain("hit");
  expect(origin.requests).toHaveLength(1);
});

test("a short wait is waited", async () => {
  await using origin = await startOrigin();
  await using front = await startFront(granting(origin, { count: 1, perMs: 200 }, 10_000));
  expect((await front.ask("/one")).status).toBe(200);
  expect((await front.ask("/two")).status).toBe(200);
});

test("when little is left, who can be answered from the store is, and who cannot has the rest", async () => {
  await using front = await startFront(bridged);
  const { origin } = front;
  const left = (remaining: number) => ({
    headers: ["RateLimit-Policy", '"a";q=10;w=600', "RateLimit", `"a";r=${remaining};t=600`],
    body: "fresh",
  });
  origin.answers("old", left(2), left(1));
  await stored(front, "/quote");
  await front.ask("/other");
  await front.ask("/another");
  front.advance(61_000);
  const stale = await front.ask("/quote");
  expect(stale).toMatchObject({ status: 200, text: "old" });
  expect(stale.cacheStatus).toContain("detail=resting");
  expect(origin.requests).toHaveLength(3);
  expect((await front.ask("/new")).text).toBe("fresh");
  expect(origin.requests).toHaveLength(4);
});

test.each([
  ["seconds", () => "30", 30_000],
  ["a date", () => new Date(Date.now() + 30_000).toUTCString(), 30_000],
  ["an absurd number", () => "99999999999999", 3_600_000],
])("a 429 with %s holds every key of the source until then", async (_, value, restMs) => {
  await using front = await startFront();
  front.origin.answers({ status: 429, headers: { "Retry-After": value() } }, "ok");
  expect((await front.ask("/one")).status).toBe(429);
  expect((await front.ask("/two")).status).toBe(503);
  front.advance(restMs - 5_000);
  expect((await front.ask("/three")).status).toBe(503);
  expect(front.origin.requests).toHaveLength(1);
  front.advance(6_000);
  expect((await front.ask("/three")).status).toBe(200);
});

test("one client's spent limit holds nobody with another credential", async () => {
  await using front = await startFront({ perPrincipal: true });
  front.origin.on((request, response) => {
    response.writeHead(request.headers.authorization === "a" ? 429 : 200, { "Retry-After": "30" });
    response.end("ok");
  });
  const as = (authorization: string) => ({ headers: { authorization } });
  expect((await front.ask("/one", as("a"))).status).toBe(429);
  expect((await front.ask("/two", as("a"))).status).toBe(503);
  expect((await front.ask("/two", as("b"))).status).toBe(200);
  expect((await front.ask("/two")).status).toBe(200);
});

test("a source that fails is left alone, answered for from the store, and found again by one probe", async () => {
  const breaker = { ...BUDGET_DEFAULTS.breaker, failures: 3, pauseMs: 90_000, longestMs: 90_000 };
  await using front = await startFront({ ...bridged, budget: { breaker } });
  const { origin } = front;
  await stored(front, "/quote");
  await origin.stop();
  for (const path of ["/a", "/b", "/c"]) expect((await front.ask(path)).status).toBe(502);
  expect((await front.ask("/d")).status).toBe(503);
  expect((await front.ask("/quote")).cacheStatus).toContain("hit");
  front.advance(61_000);
  expect((await front.ask("/quote")).cacheStatus).toContain("detail=resting");
  await origin.start();
  expect((await front.ask("/e")).status).toBe(503);
  front.advance(30_000);
  expect((await front.ask("/f")).status).toBe(200);
  expect((await front.ask("/g")).status).toBe(200);
});

test("a source that always answers 429 does not hold up the jobs of another", async () => {
  await using limited = await startOrigin();
  await using well = await startOrigin();
  await using front = await startFront({
    routes: [
      testRoute(limited.url, { ...revalidated, id: "limited", path: "/limited/*" }),
      testRoute(well.url, { ...revalidated, id: "well", path: "/well/*" }),
    ],
  });
  const paths = Array.from({ length: 10 }, (_, i) => String(i));
  for (const path of paths) {
    await stored(front, `/limited/${path}`);
    await stored(front, `/well/${path}`);
  }
  limited.answers({ status: 429, headers: { "Retry-After": "600" } });
  well.answers("new");
  front.advance(61_000);
  for (const path of paths) expect((await front.ask(`/limited/${path}`)).status).toBe(200);
  for (const path of paths) expect((await front.ask(`/well/${path}`)).status).toBe(200);
  for (const path of paths)
    await vi.waitFor(async () => expect((await front.ask(`/well/${path}`)).text).toBe("new"));
  // Those that were under way when the first was answered.
  expect(limited.requests.length).toBeLessThanOrEqual(10 + 4);
  const delayed = () => front.lines.filter(({ outcome }) => outcome === "delayed");
  await vi.waitFor(() => expect(delayed().length).toBeGreaterThanOrEqual(10));
  expect((await front.ask("/limited/0")).text).toBe("ok");
});

test("with the queue's Redis away sources are asked within what this process knows", async () => {
  await using redis = await startRedis();
  await using queueRedis = await startRedis();
  await using origin = await startOrigin();
  const limits = granting(origin, { count: 2, perMs: 60_000 });
  await using front = await startFront({ ...limits, redis, queueRedis, worker: false });
  await queueRedis.kill();
  const statuses: number[] = [];
  for (const path of ["/1", "/2", "/3", "/4"]) statuses.push((await front.ask(path)).status);
  expect(statuses).toEqual([200, 200, 503, 503]);
  await queueRedis.restart();
});

test("a hit asks for no budget, and a miss only where there is one", async () => {
  await using queueRedis = await startRedis();
  await using front = await startFront({ queueRedis, worker: false, ...bridged });
  const client = new Redis(queueRedis.url);
  const scripts = async () => {
    const stats = await client.info("commandstats");
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  };
  await stored(front, "/quote");
  const before = await scripts();
  for (let i = 0; i < 20; i++) await front.ask("/quote");
  expect(await scripts()).toBe(before);
  const from = performance.now();
  for (let i = 0; i < 20; i++) expect((await front.ask(`/miss-${i}`)).status).toBe(200);
  const looks = Math.ceil((performance.now() - from) / 250) + 1;
  expect((await scripts()) - before).toBeLessThanOrEqual(looks);
  await client.quit();
});
