import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { BUDGET_DEFAULTS, type SourceLimits } from "../../src/config/budget.ts";
import { answered } from "../../src/sources/breaker.ts";
import { learn } from "../../src/sources/budget-learn.ts";
import {
  type PoolMemory,
  renewed,
  take,
  UNKNOWN_POOL,
  UNKNOWN_SOURCE,
} from "../../src/sources/budget-state.ts";
import { createBudgetStore, LEASE_MS } from "../../src/sources/budget-store.ts";
import { PRIORITIES } from "../../src/sources/budget-types.ts";
import { NOW } from "../helpers/cache.ts";
import { sharedRedis } from "../helpers/redis.ts";

const BREAKER = {
  ...BUDGET_DEFAULTS.breaker,
  failures: 3,
  least: 6,
  share: 0.5,
  windowMs: 5_000,
  pauseMs: 700,
  longestMs: 3_000,
};

const limits = fc.record<SourceLimits>(
  {
    rate: fc.record({
      count: fc.integer({ min: 1, max: 12 }),
      perMs: fc.constantFrom(100, 1_000, 60_000),
    }),
    burst: fc.integer({ min: 1, max: 6 }),
    concurrency: fc.integer({ min: 1, max: 6 }),
  },
  { requiredKeys: [] },
);

const step = fc.record({
  passedMs: fc.constantFrom(0, 0, 0, 1, 20, 333, 1_000, 3_000, 40_000),
  act: fc.oneof(
    { weight: 5, arbitrary: fc.record({ take: fc.constantFrom(...PRIORITIES) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        outcome: fc.constantFrom(
          "success" as const,
          "failure" as const,
          "failure" as const,
          "poor" as const,
          undefined,
        ),
        learned: fc.oneof(
          fc.constant({}),
          fc.constant({ well: true as const }),
          fc.record({ restMs: fc.integer({ min: 1, max: 5_000 }) }),
          fc.record({ guessMs: fc.constantFrom(1_000, 60_000) }),
          fc.record({
            limit: fc.record(
              {
                limit: fc.integer({ min: 1, max: 20 }),
                remaining: fc.integer({ min: 0, max: 20 }),
                resetMs: fc.integer({ min: 0, max: 10_000 }),
              },
              { requiredKeys: ["remaining", "resetMs"] },
            ),
          }),
        ),
      }),
    },
    { weight: 2, arbitrary: fc.record({ done: fc.nat(5) }) },
  ),
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
type Act<Key extends string> = Extract<Step["act"], Record<Key, unknown>>;

const POOL = "p";
const redis = new Redis((await sharedRedis()).url);
let now = NOW;
const store = createBudgetStore(
  (command) => command(redis),
  () => now,
);
afterAll(() => redis.quit());

/** A source as Redis and the rules of this process see it. Whatever is over is the same as if it had never been. */
class World {
  #source = UNKNOWN_SOURCE;
  #pool = UNKNOWN_POOL;
  #leases: { readonly name: string; readonly until: number }[] = [];
  readonly #name = randomUUID();
  readonly #limits: SourceLimits;

  constructor(limits: SourceLimits) {
    this.#limits = limits;
  }

  async take({ take: priority }: Act<"take">): Promise<void> {
    const lease = randomUUID();
    this.#leases = this.#leases.filter(({ until }) => until > now);
    const memory = { source: this.#source, pool: this.#pool, busy: this.#leases.length };
    const ours = take(memory, this.#limits, priority, now);
    const request = { pool: POOL, limits: this.#limits, priority, lease };
    const theirs = await store.take(this.#name, request);
    expect(theirs).toMatchObject({ now, verdict: ours.verdict, source: ours.source });
    expect(present(theirs.pool)).toEqual(present(ours.pool));
    if (!ours.verdict.granted) return;
    ({ source: this.#source, pool: this.#pool } = ours);
    if (this.#limits.concurrency !== undefined)
      this.#leases.push({ name: lease, until: now + LEASE_MS });
  }

  async tell({ learned, outcome }: Act<"learned">): Promise<void> {
    const { breaker } = this.#source;
    const next = answered(breaker, outcome, BREAKER, now);
    this.#source = { ...this.#source, breaker: next };
    this.#pool = learn(this.#pool, learned, now);
    const request = { pool: POOL, learned, outcome, breaker: BREAKER };
    const theirs = await store.tell(this.#name, request);
    expect(theirs).toMatchObject({ now, source: this.#source });
    expect(present(theirs.pool)).toEqual(present(this.#pool));
  }

  async done({ done }: Act<"done">): Promise<void> {
    const [lease] = this.#leases.splice(done, 1);
    if (lease !== undefined) await store.done(this.#name, lease.name);
  }
}

function present(pool: PoolMemory): PoolMemory {
  const { restUntil, ...rest } = renewed(pool, now);
  return { ...rest, restUntil: restUntil <= now ? 0 : restUntil };
}

test("Redis decides and learns as the rules of this process do", { timeout: 120_000 }, async () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(limits, steps, async (granted, all) => {
      const world = new World(granted);
      for (const { passedMs, act } of all) {
        now += passedMs;
        if ("take" in act) await world.take(act);
        else if ("done" in act) await world.done(act);
        else await world.tell(act);
      }
    }),
    { numRuns: 500 },
  );
});
