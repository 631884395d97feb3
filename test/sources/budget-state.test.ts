import { describe, expect, test } from "vitest";
import type { SourceLimits } from "../../src/config/budget.ts";
import type { Priority } from "../../src/sources/budget.ts";
import type { Learned } from "../../src/sources/budget-fields.ts";
import { learn } from "../../src/sources/budget-learn.ts";
import { type Memory, take, UNKNOWN_POOL, UNKNOWN_SOURCE } from "../../src/sources/budget-state.ts";
import { NOW } from "../helpers/cache.ts";

const NOTHING: Memory = { source: UNKNOWN_SOURCE, pool: UNKNOWN_POOL, busy: 0 };

/** Asks as often as it is granted at this instant, `most` times at most. */
function takeAll(
  memory: Memory,
  limits: SourceLimits,
  priority: Priority,
  now: number,
  most = 1_000,
) {
  let { source, pool, busy } = memory;
  for (let granted = 0; granted < most; granted++) {
    const { verdict, ...next } = take({ source, pool, busy }, limits, priority, now);
    if (!verdict.granted) return { granted, verdict, memory: { source, pool, busy } };
    ({ source, pool } = next);
    busy += 1;
  }
  return { granted: most, verdict: undefined, memory: { source, pool, busy } };
}

function poolAfter(...learned: Learned[]) {
  return learned.reduce((pool, one) => learn(pool, one, NOW), UNKNOWN_POOL);
}

describe("a configured rate", () => {
  const rate = { count: 10, perMs: 1_000 };

  test("is never passed in any stretch of its time, and is used nearly whole", () => {
    const turns: number[] = [];
    let memory = NOTHING;
    for (let now = NOW; now < NOW + 10_000; now += 7) {
      const taken = takeAll(memory, { rate }, "user", now);
      memory = { ...taken.memory, busy: 0 };
      for (let i = 0; i < taken.granted; i++) turns.push(now);
    }
    for (const [i, at] of turns.entries())
      expect((turns[i + 10] ?? Number.POSITIVE_INFINITY) - at).toBeGreaterThan(1_000);
    expect(turns.length).toBeGreaterThanOrEqual(94);
  });

  test("says when the next turn is, and keeps its word", () => {
    const { memory, verdict } = takeAll(NOTHING, { rate }, "user", NOW);
    if (verdict === undefined) throw new Error("granted without end");
    expect(verdict).toMatchObject({ reason: "rate" });
    expect(take(memory, { rate }, "user", verdict.at - 1).verdict.granted).toBe(false);
    expect(take(memory, { rate }, "user", verdict.at).verdict.granted).toBe(true);
  });

  test("with a burst the rest is spread evenly", () => {
    const limits = { rate, burst: 3 };
    const { granted, memory, verdict } = takeAll(NOTHING, limits, "user", NOW);
    expect(granted).toBe(3);
    expect(verdict).toEqual({ granted: false, at: NOW + 100, reason: "rate" });
    expect(takeAll(memory, limits, "user", NOW + 100).granted).toBe(1);
  });

  test.each<[Priority, number]>([
    ["user", 100],
    ["refresh", 90],
    ["warm-up", 85],
    ["report", 80],
  ])("%s may use %i of a hundred", (priority, most) => {
    const limits = { rate: { count: 100, perMs: 1_000 } };
    expect(takeAll(NOTHING, limits, priority, NOW).granted).toBe(most);
  });

  test("of which there is only one is for everybody", () => {
    const limits = { rate: { count: 1, perMs: 1_000 }, concurrency: 1 };
    expect(take(NOTHING, limits, "report", NOW).verdict.granted).toBe(true);
  });

  test("what is kept goes to a user when a refresh has to wait", () => {
    const limits = { rate: { count: 10, perMs: 1_000 } };
    const { memory, verdict } = takeAll(NOTHING, limits, "refresh", NOW);
    expect(verdict).toMatchObject({ granted: false, reason: "reserved" });
    expect(takeAll(memory, limits, "user", NOW).granted).toBe(1);
  });
});

describe("requests under way", () => {
  test.each<[Priority, number]>([
    ["user", 10],
    ["refresh", 9],
    ["warm-up", 8],
    ["report", 8],
  ])("of ten, %s may have %i", (priority, most) => {
    expect(takeAll(NOTHING, { concurrency: 10 }, priority, NOW).granted).toBe(most);
  });
});

describe("a source's own limit", () => {
  const limit = { limit: 100, remaining: 20, resetMs: 60_000 };

  test("is counted down between its answers, and forgotten after its time", () => {
    const memory = { ...NOTHING, pool: poolAfter({ limit }) };
    const { granted, verdict, memory: spent } = takeAll(memory, {}, "user", NOW + 1);
    expect(granted).toBe(20);
    expect(verdict).toEqual({ granted: false, at: NOW + 60_000, reason: "spent" });
    expect(takeAll(spent, {}, "user", NOW + 60_000, 50).granted).toBe(50);
  });

  test("keeps its last part for the more urgent", () => {
    const memory = { ...NOTHING, pool: poolAfter({ limit }) };
    expect(takeAll(memory, {}, "refresh", NOW + 1).granted).toBe(10);
    expect(takeAll(memory, {}, "warm-up", NOW + 1).granted).toBe(5);
    expect(take(memory, {}, "report", NOW + 1).verdict).toEqual({
      granted: false,
      at: NOW + 60_000,
      reason: "reserved",
    });
  });

  test("what is under way is not in its figure yet", () => {
    const { memory } = takeAll({ ...NOTHING, pool: poolAfter({ limit }) }, {}, "user", NOW, 5);
    expect(memory.pool.remaining).toBe(15);
    const first = learn(memory.pool, { limit: { ...limit, remaining: 19 } }, NOW);
    expect(first.remaining).toBe(15);
  });

  test("answers out of order end at the right figure, and free ones give back what they took", () => {
    const { memory } = takeAll({ ...NOTHING, pool: poolAfter({ limit }) }, {}, "user", NOW, 2);
    const late = learn(memory.pool, { limit: { ...limit, remaining: 18 } }, NOW);
    expect(learn(late, { limit: { ...limit, remaining: 19 } }, NOW).remaining).toBe(18);
    const { memory: one } = takeAll({ ...NOTHING, pool: poolAfter({ limit }) }, {}, "user", NOW, 1);
    expect(learn(one.pool, { limit }, NOW).remaining).toBe(20);
  });

  test("a later window replaces an earlier one", () => {
    const spent = poolAfter({ limit: { ...limit, remaining: 0 } });
    const next = learn(spent, { limit: { limit: 100, remaining: 99, resetMs: 120_000 } }, NOW);
    expect(next).toMatchObject({ remaining: 99, resetAt: NOW + 120_000 });
  });
});

describe("a source that wants to be left alone", () => {
  test("is, by everybody, until then", () => {
    const memory = { ...NOTHING, pool: poolAfter({ restMs: 30_000 }) };
    expect(take(memory, {}, "user", NOW + 29_999).verdict).toEqual({
      granted: false,
      at: NOW + 30_000,
      reason: "rest",
    });
    expect(take(memory, {}, "report", NOW + 30_000).verdict.granted).toBe(true);
  });

  test("a shorter wish does not shorten a longer one", () => {
    expect(poolAfter({ restMs: 30_000 }, { restMs: 1_000 }).restUntil).toBe(NOW + 30_000);
  });

  test("guesses double while it goes on, a minute at most, and begin anew when it answers well", () => {
    let pool = UNKNOWN_POOL;
    let now = NOW;
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      pool = learn(pool, { guessMs: 1_000 }, now);
      expect(pool.restUntil).toBe(now + seconds * 1_000);
      expect(learn(pool, { guessMs: 1_000 }, now + 1)).toEqual(pool);
      now = pool.restUntil;
    }
    pool = learn(learn(pool, { well: true }, now), { guessMs: 1_000 }, now);
    expect(pool.restUntil).toBe(now + 1_000);
  });
});
