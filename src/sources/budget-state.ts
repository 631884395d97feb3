/** What is known of a source, and what follows for a request. Pure; `budget-script.ts` says the same to Redis. */
import type { SourceLimits } from "../config/budget.ts";
import type { Instant } from "../fields.ts";
import { type Breaker, CLOSED, passageOf, probing } from "./breaker.ts";
import { freeAt, inSight, type Rate, type Slots, usedOf, withOne } from "./budget-rate.ts";
import type { Priority, WaitReason } from "./budget-types.ts";

/** Of a source as a whole. */
export interface SourceMemory {
  readonly breaker: Breaker;
  readonly slots: Slots;
  /** When the requests so far have all had their turn, were they spread evenly. */
  readonly evenAt: Instant;
}

/** Of one pool of it. */
export interface PoolMemory {
  readonly restUntil: Instant;
  /** Limits hit in a row without a word on how long. */
  readonly strikes: number;
  readonly limit?: number;
  /** What is left of the source's own limit once all that is under way has been counted. */
  readonly remaining?: number;
  readonly resetAt: Instant;
  /** Requests granted and not answered yet, since the limit is known. */
  readonly out: number;
}

/** Of a source of which nothing was heard yet. */
export const UNKNOWN_SOURCE: SourceMemory = { breaker: CLOSED, slots: {}, evenAt: 0 };
/** Of a pool of which nothing was heard yet. */
export const UNKNOWN_POOL: PoolMemory = { restUntil: 0, strikes: 0, resetAt: 0, out: 0 };

export interface Memory {
  readonly source: SourceMemory;
  readonly pool: PoolMemory;
  /** Requests under way. */
  readonly busy: number;
}

export type Verdict =
  | { readonly granted: true }
  | { readonly granted: false; readonly at: Instant; readonly reason: WaitReason };

export interface Taken {
  readonly verdict: Verdict;
  readonly source: SourceMemory;
  readonly pool: PoolMemory;
}

/** Share in percent that is kept from a class for those before it. */
export const KEPT_PERCENT: Readonly<Record<Priority, number>> = {
  user: 0,
  refresh: 10,
  "warm-up": 15,
  report: 20,
};

/** How much of `all` a class leaves to others; at least one is for everybody. */
function keptOf(all: number | undefined, priority: Priority): number {
  if (all === undefined) return 0;
  return Math.max(0, Math.min(Math.ceil((all * KEPT_PERCENT[priority]) / 100), all - 1));
}

/** Longest between two looks at whether a probe has ended. */
const PROBE_LOOK_MS = 1_000;
/** Between two looks at whether a request under way has ended. */
const BUSY_LOOK_MS = 50;

/** Takes a turn, if there is one. */
export function take(
  memory: Memory,
  limits: SourceLimits,
  priority: Priority,
  now: Instant,
): Taken {
  const pool = renewed(memory.pool, now);
  const source = {
    ...memory.source,
    slots: limits.rate ? inSight(memory.source.slots, limits.rate, now) : {},
  };
  const held =
    heldByBreaker(source.breaker, now) ??
    heldByPool(pool, priority, now) ??
    heldByRate(source, limits, priority, now) ??
    heldByOthers(memory.busy, limits, priority, now);
  if (held !== undefined) return { verdict: { granted: false, ...held }, source, pool };
  return { verdict: { granted: true }, source: spent(source, limits, now), pool: used(pool) };
}

type Held = Omit<Extract<Verdict, { granted: false }>, "granted">;

function heldByBreaker(breaker: Breaker, now: Instant): Held | undefined {
  if (passageOf(breaker, now) !== "wait") return undefined;
  const { state, until } = breaker;
  const at = state === "half-open" ? Math.min(until, now + PROBE_LOOK_MS) : until;
  return { at, reason: "breaker" };
}

function heldByPool(pool: PoolMemory, priority: Priority, now: Instant): Held | undefined {
  if (now < pool.restUntil) return { at: pool.restUntil, reason: "rest" };
  const { remaining, limit, resetAt } = pool;
  if (remaining === undefined) return undefined;
  if (remaining <= 0) return { at: resetAt, reason: "spent" };
  return remaining <= keptOf(limit, priority) ? { at: resetAt, reason: "reserved" } : undefined;
}

function heldByRate(
  { slots, evenAt }: SourceMemory,
  { rate, burst }: SourceLimits,
  priority: Priority,
  now: Instant,
): Held | undefined {
  if (rate === undefined) return undefined;
  const used = usedOf(slots);
  const most = rate.count - keptOf(rate.count, priority);
  if (used >= most) {
    const reason = used >= rate.count ? "rate" : "reserved";
    return { at: freeAt(slots, rate, most, now), reason };
  }
  if (burst === undefined) return undefined;
  const at = Math.ceil(evenOf(evenAt, rate, burst, now) - (burst - 1) * spacing(rate));
  return now < at ? { at, reason: "rate" } : undefined;
}

function heldByOthers(
  busy: number,
  { concurrency }: SourceLimits,
  priority: Priority,
  now: Instant,
): Held | undefined {
  if (concurrency === undefined) return undefined;
  if (busy >= concurrency) return { at: now + BUSY_LOOK_MS, reason: "concurrency" };
  return busy >= concurrency - keptOf(concurrency, priority)
    ? { at: now + BUSY_LOOK_MS, reason: "reserved" }
    : undefined;
}

/** Where it lies farther ahead than this rate can have put it, another one was configured before: what that has put off is over. */
function evenOf(evenAt: Instant, rate: Rate, burst: number, now: Instant): Instant {
  return evenAt > Math.ceil(now + burst * spacing(rate)) ? 0 : evenAt;
}

function spacing({ perMs, count }: Rate): number {
  return perMs / count;
}

function spent(source: SourceMemory, { rate, burst }: SourceLimits, now: Instant): SourceMemory {
  const { breaker, slots, evenAt } = source;
  return {
    breaker: breaker.state === "closed" ? breaker : probing(breaker, now),
    slots: rate === undefined ? slots : withOne(slots, rate, now),
    evenAt:
      rate === undefined || burst === undefined
        ? 0
        : Math.ceil(Math.max(evenOf(evenAt, rate, burst, now), now) + spacing(rate)),
  };
}

function used(pool: PoolMemory): PoolMemory {
  const { remaining, out } = pool;
  return remaining === undefined ? pool : { ...pool, remaining: remaining - 1, out: out + 1 };
}

/** A limit whose time is over is forgotten: what is left now, the next response tells. */
export function renewed(pool: PoolMemory, now: Instant): PoolMemory {
  if (pool.remaining === undefined || now < pool.resetAt) return pool;
  const { restUntil, strikes } = pool;
  return { restUntil, strikes, resetAt: 0, out: 0 };
}
