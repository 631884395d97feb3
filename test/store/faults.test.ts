import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { startRedis } from "../helpers/redis.ts";
import { fenceNow, openPlain, openWorld, until } from "./world.ts";

const HOUR = { ttlMs: 3_600_000 };

test("when Redis is killed, memory answers on, reads fail at once, and all is well when it is back", async () => {
  await using server = await startRedis();
  using world = await openWorld(server);
  await world.store.write("a", "one", { fence: 1, ...HOUR });
  await server.kill();
  await until(() => world.redis.breaker.state !== "closed" && !world.tracking.tracked);
  await until(() => world.store.stats().memoryServing);
  expect(world.store.peek("a")).toBe("one");
  expect(await world.store.read("a")).toMatchObject({ state: "found", tier: "memory" });
  expect(await world.store.read("b")).toMatchObject({ state: "failed" });
  await server.restart();
  await until(() => world.tracking.tracked && world.redis.breaker.state === "closed");
  expect(world.store.peek("a")).toBeUndefined();
  expect(await world.store.read("a")).toEqual({ state: "absent" });
  expect(await world.store.write("a", "two", { fence: 2, ...HOUR })).toBe("written");
  expect(world.store.peek("a")).toBe("two");
});

test("while Redis is away a written value serves this process, and is gone when Redis is back", async () => {
  await using server = await startRedis();
  using world = await openWorld(server);
  await server.kill();
  await until(() => !world.tracking.tracked && world.store.stats().memoryServing);
  expect(await world.store.write("a", "one", { fence: fenceNow(), ...HOUR })).toBe("failed");
  expect(world.store.peek("a")).toBe("one");
  await server.restart();
  await until(() => world.tracking.tracked);
  expect(world.store.peek("a")).toBeUndefined();
});

test("reads in flight when Redis is killed all end, and none of thousands afterwards hangs", async () => {
  await using server = await startRedis();
  using world = await openWorld(server, { memoryMaxBytes: 0 });
  await world.store.write("a", "one", { fence: 1, ...HOUR });
  let ended = 0;
  let failed = 0;
  const read = async () => {
    const result = await world.store.read("a");
    ended += 1;
    if (result.state === "failed") failed += 1;
  };
  const reads: Promise<void>[] = [];
  for (let i = 0; i < 3_000; i++) {
    if (i === 1_000) void server.kill();
    reads.push(read());
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(reads);
  await until(() => world.redis.breaker.state !== "closed");
  await read();
  expect(ended).toBe(3_001);
  expect(failed).toBeGreaterThan(0);
  await server.restart();
  await until(async () => (await world.store.read("a")).state === "absent");
});

test("a frozen Redis costs its budget a few times, then nothing; after the thaw it is used again", async () => {
  await using server = await startRedis();
  using world = await openWorld(server, { budgetMs: 50 });
  await until(
    async () => (await world.store.write("a", "one", { fence: 1, ...HOUR })) === "written",
  );
  server.freeze();
  let askedInVain = 0;
  while (world.redis.breaker.state === "closed") {
    expect(await world.store.read(`cold ${askedInVain}`)).toMatchObject({ state: "failed" });
    askedInVain += 1;
  }
  expect(askedInVain).toBeLessThanOrEqual(3);
  const results = await Promise.all(
    Array.from({ length: 500 }, (_, i) => world.store.read(`${i}`)),
  );
  expect(results.every((result) => result.state === "failed")).toBe(true);
  await until(() => !world.tracking.tracked && world.store.stats().memoryServing);
  expect(world.store.peek("a")).toBe("one");
  server.thaw();
  await until(() => world.redis.breaker.state === "closed" && world.tracking.tracked);
  await until(async () => (await world.store.read("a")).state === "found");
});

test("a write to a Redis that freezes is given up when the breaker opens, not when its own time is over", async () => {
  await using server = await startRedis();
  using world = await openWorld(server, { budgetMs: 20 });
  server.freeze();
  const writing = world.store.write("a", "one", { fence: 1, ...HOUR });
  let openedFirst = false;
  world.redis.breaker.onChange((state) => {
    if (state === "open") openedFirst = true;
  });
  expect(await writing).toBe("failed");
  expect(openedFirst).toBe(true);
  server.thaw();
});

test("memory is not trusted while changes are not announced, although Redis answers", async () => {
  await using server = await startRedis();
  using here = await openWorld(server);
  using there = await openWorld(server);
  using plain = openPlain(server);
  await here.store.write("a", "one", { fence: 1, ...HOUR });
  const untracked = new Promise<void>((resolve) => {
    here.tracking.listen({ changed: (tracked) => !tracked && resolve() });
  });
  await plain.client.call("CLIENT", "KILL", "TYPE", "pubsub");
  await untracked;
  await there.store.write("a", "two", { fence: 2, ...HOUR });
  await until(() => here.store.peek("a") === undefined);
  expect(await here.store.read("a")).toMatchObject({ value: "two", tier: "redis" });
  await until(() => here.tracking.tracked);
  await until(async () => {
    await here.store.read("a");
    return here.store.peek("a") === "two";
  });
});

test("when reads get a new connection memory starts anew: it may lead to another server", async () => {
  await using server = await startRedis();
  using world = await openWorld(server);
  using plain = openPlain(server);
  await world.store.write("a", "one", { fence: 1, ...HOUR });
  const states: boolean[] = [];
  world.tracking.listen({ changed: (tracked) => void states.push(tracked) });
  await plain.client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  await until(() => states.length === 2);
  expect(states).toEqual([false, true]);
  expect(world.store.peek("a")).toBeUndefined();
  expect(await world.store.read("a")).toMatchObject({ state: "found", tier: "redis" });
});

test("a connection that is open on our side alone is found out, and nothing old is served after", async () => {
  await using server = await startRedis();
  await using network = await openNetwork(server.socket);
  using cutOff = await openWorld({ url: `redis://127.0.0.1:${network.port}` }, { budgetMs: 100 });
  using other = await openWorld(server);
  await until(
    async () => (await cutOff.store.write("a", "one", { fence: 1, ...HOUR })) === "written",
  );
  network.silence();
  await other.store.write("a", "two", { fence: 2, ...HOUR });
  await until(() => !cutOff.tracking.tracked);
  network.restore();
  await until(() => cutOff.tracking.tracked);
  expect(cutOff.store.peek("a")).toBeUndefined();
  await until(async () => {
    const read = await cutOff.store.read("a");
    return read.state === "found" && read.value === "two";
  });
});

test("a Redis that is slower than the budget is done without, and used again when it is quick", async () => {
  await using server = await startRedis();
  await using network = await openNetwork(server.socket);
  using world = await openWorld({ url: `redis://127.0.0.1:${network.port}` }, { budgetMs: 50 });
  network.delay(150);
  await until(async () => {
    await world.store.read("cold");
    return world.redis.breaker.state !== "closed";
  });
  expect(await world.store.write("a", "one", { fence: 1, ...HOUR })).toBe("failed");
  expect(world.store.peek("a")).toBe("one");
  expect(world.tracking.tracked).toBe(true);
  network.delay(0);
  await until(() => world.redis.breaker.state === "closed");
  expect(world.store.peek("a")).toBeUndefined();
  await until(
    async () => (await world.store.write("a", "two", { fence: 2, ...HOUR })) === "written",
  );
});

test("a process that starts without Redis fails its reads and works once there is one", async () => {
  await using server = await startRedis();
  await server.kill();
  const opening = openWorld(server, { tracked: false });
  await server.restart();
  using world = await opening;
  await until(() => world.tracking.tracked);
  await until(async () => (await world.store.read("a")).state === "absent");
});

/** A way to a server that can go silent: connections stay open and carry nothing. */
async function openNetwork(socket: string) {
  const ends = new Set<Socket>();
  let silent = false;
  let delayMs = 0;
  const proxy = createServer((near) => {
    const far = connect(socket);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from);
      from.on("data", (bytes) => {
        if (silent) return;
        if (delayMs === 0) to.write(bytes);
        else setTimeout(() => to.write(bytes), delayMs);
      });
      from.on("close", () => !silent && to.destroy());
      from.on("error", () => {});
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    /** On every way, for bytes that come from now on. */
    delay: (ms: number) => {
      delayMs = ms;
    },
    silence: () => {
      silent = true;
    },
    /** New connections work; those from before stay dead. */
    restore: () => {
      for (const end of ends) end.destroy();
      ends.clear();
      silent = false;
    },
    [Symbol.asyncDispose]: async () => {
      for (const end of ends) end.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
