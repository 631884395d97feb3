import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StoreAwayError } from "../../src/redis/away.ts";
import { createBreaker } from "../../src/redis/breaker.ts";
import { Memory } from "../../src/store/memory.ts";
import { Trust } from "../../src/store/trust.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A memory tier whose Redis and announcements come and go at will. */
function openTier() {
  const server = { answers: true };
  const probe = async () => {
    if (!server.answers) throw new StoreAwayError("away");
  };
  const breaker = createBreaker({ probe, failuresToOpen: 1 });
  let listener: { changed?: (tracked: boolean) => void } = {};
  const tracking = {
    tracked: false,
    listen: (given: typeof listener) => {
      listener = given;
      return () => {};
    },
    restart: () => {},
    close: () => {},
  };
  const track = async (tracked: boolean) => {
    tracking.tracked = tracked;
    listener.changed?.(tracked);
    await vi.advanceTimersByTimeAsync(0);
  };
  const memory = new Memory<string>(1_000_000, (value) => value.length);
  const never = () => Promise.reject(new Error("not asked in this test"));
  const redis = {
    target: { kind: "socket", path: "none" } as const,
    breaker,
    isUp: () => true,
    ask: never,
    work: never,
    onReconnect: () => () => {},
    ready: async () => true,
    close: () => {},
  };
  const trust = new Trust(memory, redis, tracking);
  const put = (key: string, lifeMs?: number) =>
    memory.put(key, { value: key, redisKey: key, fence: 1, write: "", own: false }, lifeMs);
  return { server, breaker, memory, trust, put, track };
}

test("memory serves only while changes are announced, and starts empty each time", async () => {
  const tier = openTier();
  expect(tier.memory.serving).toBe(false);
  await tier.track(true);
  tier.put("a");
  expect(tier.memory.get("a")).toBe("a");
  await tier.track(false);
  expect(tier.memory.get("a")).toBeUndefined();
  tier.put("a");
  await tier.track(true);
  expect(tier.memory.get("a")).toBeUndefined();
});

test("while Redis is away memory serves on for 30 seconds, and what was fetched meanwhile for longer", async () => {
  const tier = openTier();
  await tier.track(true);
  tier.put("before");
  tier.server.answers = false;
  await tier.track(false);
  expect(tier.memory.get("before")).toBe("before");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(tier.trust.unsharedLifeMs).toBe(30_000);
  tier.put("meanwhile", tier.trust.unsharedLifeMs);
  await vi.advanceTimersByTimeAsync(9_900);
  expect(tier.memory.get("before")).toBe("before");
  await vi.advanceTimersByTimeAsync(200);
  expect(tier.memory.get("before")).toBeUndefined();
  expect(tier.memory.get("meanwhile")).toBe("meanwhile");
});

test("when Redis is back, memory is empty and silent until changes are announced again", async () => {
  const tier = openTier();
  await tier.track(true);
  tier.put("before");
  tier.server.answers = false;
  await tier.track(false);
  tier.server.answers = true;
  await vi.advanceTimersByTimeAsync(300);
  expect(tier.breaker.state).toBe("closed");
  expect(tier.memory.serving).toBe(false);
  expect(tier.memory.entries).toBe(0);
  await tier.track(true);
  tier.put("after");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(tier.memory.get("after")).toBe("after");
});

test("a Redis that is too slow to read from leaves memory on, and what it was not given goes when it is quick again", async () => {
  const tier = openTier();
  await tier.track(true);
  tier.put("before");
  tier.server.answers = false;
  await tier.breaker.probe();
  expect(tier.memory.get("before")).toBe("before");
  tier.put("not given", tier.trust.unsharedLifeMs);
  await vi.advanceTimersByTimeAsync(29_000);
  expect(tier.memory.get("not given")).toBe("not given");
  tier.server.answers = true;
  await tier.breaker.probe();
  expect(tier.memory.entries).toBe(0);
  expect(tier.memory.serving).toBe(true);
  expect(tier.trust.unsharedLifeMs).toBe(1_000);
});

test("Redis that goes away only after the announcements did counts as away too", async () => {
  const tier = openTier();
  await tier.track(true);
  await tier.track(false);
  expect(tier.memory.serving).toBe(false);
  tier.server.answers = false;
  await tier.breaker.probe();
  expect(tier.memory.serving).toBe(true);
  tier.trust.close();
  expect(tier.memory.serving).toBe(false);
});
