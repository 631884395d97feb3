import { expect, test, vi } from "vitest";
import { ENTRY_PREFIX } from "../../src/redis/keys.ts";
import { connectTo } from "../helpers/embedded.ts";
import { type Origin, startOrigin } from "../helpers/origin.ts";
import { fronting, startProcess, type TestProcess } from "../helpers/process.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

vi.setConfig({ testTimeout: 90_000 });

/** On a busy machine Redis may take longer than a request would wait for it. */
const PATIENT = { STORE_BUDGET: "5s" };

test("a stale hit in web makes a job that the worker runs, and web serves what it brought", async () => {
  await using redis = await startRedis();
  await using origin = await startOrigin();
  origin.answers("one", "two");
  await using web = await start("web", origin, redis);
  await using worker = await start("worker", origin, redis);
  await web.ask("/a");
  await untilStale(web, "/a");
  const done = await worker.logged(({ msg }) => msg === "Job completed");
  expect(done).toMatchObject({ job: "refresh", part: "worker" });
  await expect.poll(async () => (await web.ask("/a")).text).toBe("two");
  expect(web.lines.some(({ msg }) => msg === "Refreshed in this process")).toBe(false);
});

test("what one web process stored another serves, without asking the source again", async () => {
  await using redis = await startRedis();
  await using origin = await startOrigin();
  await using one = await start("web", origin, redis, "60s");
  await using other = await start("web", origin, redis, "60s");
  await one.ask("/a");
  using client = connectTo(redis.socket);
  await expect.poll(() => client.keys(`${ENTRY_PREFIX}*`)).not.toEqual([]);
  expect((await other.ask("/a")).cacheStatus).toContain("; hit");
  expect(origin.requests).toHaveLength(1);
});

test("with the queue's Redis away web refreshes by itself, no more than its share at a time", async () => {
  await using queue = await startRedis();
  await using cache = await startRedis({ policy: "allkeys-lfu", args: ["--maxmemory", "64mb"] });
  await using origin = await startOrigin();
  await using web = await startProcess({
    entry: "web",
    yaml: fronting(origin.url, "1s"),
    env: { ...PATIENT, REDIS_URL: queue.url, CACHE_REDIS_URL: cache.url, REFRESH_IN_PROCESS: "2" },
  });
  const paths = Array.from({ length: 12 }, (_, n) => `/${n}`);
  await Promise.all(paths.map((path) => web.ask(path)));
  await queue.kill();
  const slow = holdEach(origin);
  await untilStale(web, "/0");
  await Promise.all(paths.map((path) => web.ask(path)));
  await expect.poll(() => slow.held).toBe(2);
  await web.logged(({ msg }) => msg?.startsWith("The queue is away") === true);
  slow.release();
  await web.logged(({ msg }) => msg === "Refreshed in this process");
  expect(slow.most).toBe(2);
  expect((await web.ask("/0")).status).toBe(200);
});

test.each(["web", "worker"] as const)(
  "%s names a Redis whose policy would lose jobs",
  async (entry) => {
    await using redis = await startRedis({ policy: "allkeys-lru", args: ["--maxmemory", "64mb"] });
    await using origin = await startOrigin();
    await using process = await start(entry, origin, redis);
    const line = await process.logged(({ role, level }) => role === "queue" && level === "warn");
    expect(line.msg).toMatch(/maxmemory-policy is allkeys-lru and must be noeviction/);
  },
);

function start(entry: "web" | "worker", origin: Origin, redis: TestRedis, freshFor = "1s") {
  return startProcess({
    entry,
    yaml: fronting(origin.url, freshFor),
    env: { ...PATIENT, REDIS_URL: redis.url },
  });
}

async function untilStale(web: TestProcess, path: string): Promise<void> {
  await expect
    .poll(async () => (await web.ask(path)).cacheStatus, { timeout: 5_000 })
    .toMatch(/; hit; ttl=-\d+/);
}

/** Lets requests wait until they are released; counts how many do at a time. */
function holdEach(origin: Origin) {
  const waiting = new Set<() => void>();
  const counts = { held: 0, most: 0, release };
  let open = false;
  origin.on((_req, res) => {
    const answer = () => void res.end("held");
    if (open) return answer();
    waiting.add(answer);
    counts.held = waiting.size;
    counts.most = Math.max(counts.most, waiting.size);
  });
  return counts;

  function release(): void {
    open = true;
    for (const answer of waiting) answer();
    waiting.clear();
  }
}
