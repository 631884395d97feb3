/** Responses are in store before the first client asks. */
import { Queue } from "bullmq";
import { expect, test, vi } from "vitest";
import { queuePrefix } from "../../src/redis/keys.ts";
import { type FrontOptions, startFront } from "../helpers/front.ts";
import { stored } from "../helpers/stored.ts";

/** As nearly every client asks. */
const COMMON = { headers: { "Accept-Encoding": "gzip, deflate, br" } };

async function open(options: FrontOptions = {}) {
  const front = await startFront({ worker: true, freshness: { freshForMs: 60_000 }, ...options });
  const { hostname: host, port } = new URL(front.queueTarget.url);
  const queue = new Queue("refresh", {
    connection: { host, port: Number(port) },
    prefix: queuePrefix("refresh"),
  });
  const id = front.parts.routes[0]?.route.id as string;
  return {
    front,
    queue,
    id,
    /** Warms up a target and resolves with the outcome of the job. */
    async warm(target: string, route = id) {
      const { jobId } = await vi.waitFor(() => front.queue.enqueue({ route, target }));
      await expect
        .poll(() => queue.getJobState(jobId), { timeout: 20_000 })
        .toMatch(/completed|failed/);
      const job = await queue.getJob(jobId);
      return job?.returnvalue ?? job?.failedReason;
    },
    async [Symbol.asyncDispose]() {
      await queue.close();
      await front[Symbol.asyncDispose]();
    },
  };
}

test("a cold response is fetched once, and the first client gets it from the store", async () => {
  await using t = await open();
  t.front.origin.answers("warm");
  expect(await t.warm("/a?b=1")).toEqual({ outcome: "stored" });
  const answer = await t.front.ask("/a?b=1", COMMON);
  expect(answer).toMatchObject({ status: 200, text: "warm" });
  expect(answer.cacheStatus).toContain("hit");
  expect(t.front.origin.requests).toHaveLength(1);
  expect(t.front.origin.requests[0]?.headers).not.toHaveProperty("authorization");
});

test("a fresh response is left alone, a stale one is refreshed", async () => {
  await using t = await open();
  t.front.origin.answers({ headers: { ETag: '"1"' }, body: "one" });
  await stored(t.front, "/a", COMMON.headers);
  expect(await t.warm("/a")).toEqual({ outcome: "fresh" });
  expect(t.front.origin.requests).toHaveLength(1);
  t.front.advance(61_000);
  t.front.origin.answers({ status: 304, headers: { ETag: '"1"' } });
  expect(await t.warm("/a")).toEqual({ outcome: "freshened" });
  expect((await t.front.ask("/a", COMMON)).cacheStatus).toContain("hit");
});

test("an answer that is not one to keep is not kept", async () => {
  await using t = await open();
  t.front.origin.answers({ headers: { "Cache-Control": "no-store" }, body: "private" });
  expect(await t.warm("/a")).toMatchObject({ outcome: "not-stored" });
});

test("a source that fails fails the job, after its attempts", async () => {
  await using t = await open();
  t.front.origin.answers({ status: 500 });
  expect(await t.warm("/a")).toContain("500");
  expect(t.front.origin.requests.length).toBeGreaterThan(1);
});

test.each([
  ["/../a", undefined, "No route"],
  ["/%2e%2e/a", undefined, "always refused"],
  ["/a", "another", "No route another"],
])("the target %j of route %j is never asked for", async (target, route, why) => {
  await using t = await open({ path: "/*" });
  const said = await t.warm(target, route);
  expect(said).toMatch(target === "/../a" ? /always refused|No route/ : new RegExp(why));
  expect(t.front.origin.requests).toEqual([]);
});
