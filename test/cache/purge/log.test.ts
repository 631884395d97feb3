import { Redis } from "ioredis";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { createPurgeLog } from "../../../src/cache/purge/log.ts";
import type { PurgeMarker } from "../../../src/cache/purge/purge.ts";
import { connectForRequests, connectForWorkers, whenReady } from "../../../src/redis/connect.ts";
import { PURGE_LOG } from "../../../src/redis/keys.ts";
import { startRedis, type TestRedis } from "../../helpers/redis.ts";
import { startTcpProxy } from "../../helpers/tcp-proxy.ts";

/** The purges of one process. */
function openLog(redis: Pick<TestRedis, "url">, mostMarkers?: number) {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  const target = { kind: "url", url: redis.url } as const;
  const writer = connectForRequests(target, { role: "queue", budgetMs: 1_000, logger });
  const reader = connectForWorkers(target, { role: "queue", logger });
  const log = createPurgeLog({
    ...{ writer, reader, logger },
    ...(mostMarkers === undefined ? {} : { mostMarkers }),
  });
  return {
    log,
    lines,
    writer,
    [Symbol.dispose]() {
      log.close();
      writer.disconnect();
    },
  };
}

/** Until what was purged is known and more can be. */
async function opened(...logs: readonly ReturnType<typeof openLog>[]): Promise<void> {
  await Promise.all(logs.flatMap(({ log, writer }) => [log.known, whenReady(writer, 10_000)]));
}

function urlMarker(target: string, fence: number): PurgeMarker {
  return { scope: { kind: "url", route: "r", target }, fence, at: fence, soft: false };
}

function entryAt(target: string, fence: number) {
  return { route: "r", target, tags: [], fence };
}

test("what one process purges all others know, and those that start later", async () => {
  await using redis = await startRedis();
  using one = openLog(redis);
  using two = openLog(redis);
  await opened(one, two);
  await one.log.append({ markers: [urlMarker("/a", 5), urlMarker("/b", 6)] });
  expect(one.log.markers.verdictOn(entryAt("/a", 5)).state).toBe("gone");
  await vi.waitFor(
    () => {
      expect(two.log.markers.verdictOn(entryAt("/a", 5)).state).toBe("gone");
      expect(two.log.markers.verdictOn(entryAt("/b", 6)).state).toBe("gone");
    },
    { timeout: 1_000, interval: 5 },
  );
  using three = openLog(redis);
  await three.log.known;
  expect(three.log.markers.list()).toEqual(one.log.markers.list());
});

test("a list longer than one page is known whole before it counts as known", async () => {
  await using redis = await startRedis();
  using one = openLog(redis);
  await opened(one);
  const markers = Array.from({ length: 2_500 }, (_, i) => urlMarker(`/${i}`, i + 1));
  await one.log.append({ markers });
  using two = openLog(redis);
  await two.log.known;
  expect(two.log.markers.list()).toHaveLength(2_500);
});

test("a list that grew too long gets short and still purges all that it did, also for a process that starts later", async () => {
  await using redis = await startRedis();
  using one = openLog(redis, 100);
  using two = openLog(redis, 100);
  await opened(one, two);
  for (let i = 0; i < 30; i++) {
    const log = i % 2 === 0 ? one.log : two.log;
    const markers = Array.from({ length: 10 }, (_, j) => urlMarker(`/${i}/${j}`, i * 10 + j + 1));
    await log.append({ markers });
  }
  await using client = new Client(redis.url);
  expect(await client.xlen(PURGE_LOG)).toBeLessThan(200);
  using later = openLog(redis, 100);
  await later.log.known;
  for (const { log } of [one, two, later]) {
    await vi.waitFor(() => {
      for (let i = 0; i < 300; i++) {
        const target = `/${Math.floor(i / 10)}/${i % 10}`;
        expect(log.markers.verdictOn(entryAt(target, i + 1)).state).toBe("gone");
      }
    });
    expect(log.markers.verdictOn(entryAt("/29/9", 301)).state).toBe("kept");
  }
});

test("what cannot be understood may mean anything, so all that is older counts as stale", async () => {
  await using redis = await startRedis();
  await using client = new Client(redis.url);
  const [seconds] = await client.time();
  await client.xadd(PURGE_LOG, "*", "marker", '{"scope":{"kind":"planet"},"fence":1}');
  using one = openLog(redis);
  await opened(one);
  const before = entryAt("/a", (Number(seconds) - 1) * 1_000_000);
  const after = entryAt("/a", (Number(seconds) + 2) * 1_000_000);
  expect(one.log.markers.verdictOn(before).state).toBe("stale");
  expect(one.log.markers.verdictOn(after).state).toBe("kept");
  expect(one.lines).toContainEqual(
    expect.objectContaining({ msg: "Purges could not be understood", count: 1 }),
  );
});

test("while Redis is away nothing is purged, and what was known stays known", async () => {
  await using redis = await startRedis();
  using one = openLog(redis);
  await opened(one);
  await vi.waitFor(() => one.log.append({ markers: [urlMarker("/a", 5)] }));
  expect(one.log.current).toBe(true);
  await redis.kill();
  await expect(one.log.append({ markers: [urlMarker("/b", 6)] })).rejects.toThrow();
  expect(one.log.markers.verdictOn(entryAt("/a", 5)).state).toBe("gone");
  expect(one.log.markers.verdictOn(entryAt("/b", 6)).state).toBe("kept");
  await vi.waitFor(() => expect(one.log.current).toBe(false));
});

test("after a take-over by a server whose clock is behind, purges are heard of all the same", async () => {
  await using redis = await startRedis();
  using one = openLog(redis);
  await opened(one);
  await using client = new Client(redis.url);
  await client.xadd(PURGE_LOG, "9999999999999-0", "marker", JSON.stringify(urlMarker("/a", 5)));
  await vi.waitFor(() => expect(one.log.markers.verdictOn(entryAt("/a", 5)).state).toBe("gone"));
  await redis.restart();
  await vi.waitFor(async () => {
    await client.xadd(PURGE_LOG, "5-*", "marker", JSON.stringify(urlMarker("/b", 6)));
  });
  await vi.waitFor(() => expect(one.log.markers.verdictOn(entryAt("/b", 6)).state).toBe("gone"), {
    timeout: 10_000,
  });
});

test("a connection on which nothing comes any more is made anew", async () => {
  await using redis = await startRedis();
  await using wire = await startTcpProxy(Number(new URL(redis.url).port));
  using one = openLog(redis);
  using two = openLog({ url: `redis://127.0.0.1:${wire.port}` });
  await opened(one, two);
  wire.hang();
  await one.log.append({ markers: [urlMarker("/a", 5)] });
  await vi.waitFor(() => expect(two.log.markers.verdictOn(entryAt("/a", 5)).state).toBe("gone"), {
    timeout: 15_000,
  });
});

test("the audit tells what was done, the newest first, and everything is purged only so often", async () => {
  await using redis = await startRedis();
  using one = openLog(redis);
  await opened(one);
  const all: PurgeMarker = { scope: { kind: "all" }, fence: 9, at: 9, soft: false };
  const record = (id: string) =>
    ({
      id,
      time: "t",
      who: "w",
      action: "purge",
      what: ["everything"],
      count: 1,
      mode: "hard",
    }) as const;
  const first = await one.log.append({ markers: [all], record: record("1"), pauseMs: 60_000 });
  expect(first).toMatchObject({ added: true });
  const second = await one.log.append({ markers: [all], record: record("2"), pauseMs: 60_000 });
  expect(second).toEqual({ added: false, waitMs: expect.any(Number) });
  await one.log.append({ markers: [urlMarker("/a", 5)], record: record("3") });
  expect((await one.log.audit(10)).map(({ id }) => id)).toEqual(["3", "1"]);
  expect(await one.log.audit(1)).toEqual([record("3")]);
});

class Client extends Redis {
  async [Symbol.asyncDispose](): Promise<void> {
    this.disconnect();
  }
}
