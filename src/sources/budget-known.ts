/** What this process knows of a source: what Redis said last, or all there is while Redis is away. Instants are those of Redis's clock. */
import { LRUCache } from "lru-cache";
import type { BreakerSettings } from "../config/budget.ts";
import type { Instant } from "../fields.ts";
import { answered, isClean, type Outcome } from "./breaker.ts";
import type { Learned } from "./budget-fields.ts";
import { learn } from "./budget-learn.ts";
import {
  type PoolMemory,
  type SourceMemory,
  UNKNOWN_POOL,
  UNKNOWN_SOURCE,
} from "./budget-state.ts";
import type { WaitReason } from "./budget-types.ts";

/** A source and one pool of it. */
export interface Both {
  readonly source: SourceMemory;
  readonly pool: PoolMemory;
}

interface KnownOptions {
  readonly breaker: BreakerSettings;
  /** The clock of this process. */
  readonly now: () => Instant;
  /** Hears of every change. */
  readonly changed: (pool: string, before: Both, after: Both) => void;
}

/** Pools remembered; those not asked for longest are forgotten first. */
const MOST_POOLS = 1_000;
/** What another process has learned is heard after this time at the latest, when nothing was known of a source. */
const QUIET_MS = 250;
/** How long a wait is believed without asking Redis again. */
const HELD_MS = 1_000;

export class Known {
  source: SourceMemory = UNKNOWN_SOURCE;
  /** How far Redis's clock is ahead of ours. */
  #ahead = 0;
  readonly #pools = new LRUCache<string, { memory: PoolMemory; heardAt: Instant }>({
    max: MOST_POOLS,
  });
  /** Until when pools rest that Redis could not be told of. */
  readonly #owed = new LRUCache<string, Instant>({ max: MOST_POOLS });
  readonly #breaker: BreakerSettings;
  readonly #clock: () => Instant;
  readonly #changed: KnownOptions["changed"];

  constructor({ breaker, now, changed }: KnownOptions) {
    this.#breaker = breaker;
    this.#clock = now;
    this.#changed = changed;
  }

  /** Now, by Redis's clock. */
  now(): Instant {
    return this.#clock() + this.#ahead;
  }

  /** An instant of Redis's clock by that of this process. */
  here(at: Instant): Instant {
    return at - this.#ahead;
  }

  pool(name: string): PoolMemory {
    return this.#pools.get(name)?.memory ?? UNKNOWN_POOL;
  }

  pools(): [name: string, pool: PoolMemory][] {
    return [...this.#pools].map(([name, { memory }]) => [name, memory]);
  }

  /** Takes over what Redis says, and its clock. */
  hear(pool: string, said: Both & { readonly now: Instant }): void {
    const at = this.#clock();
    this.#ahead = said.now - at;
    this.#put(pool, said, at);
  }

  /** Keeps what was decided without Redis. */
  keep(pool: string, memory: Both): void {
    this.#put(pool, memory, this.#pools.get(pool)?.heardAt ?? 0);
  }

  /** A response, or that there was none. False when it changes nothing. */
  learn(pool: string, learned: Learned, outcome: Outcome): boolean {
    const before = this.pool(pool);
    const now = this.now();
    const { breaker } = this.source;
    const says = learned.limit ?? learned.restMs ?? learned.guessMs;
    const isNews =
      outcome === "failure" ||
      outcome === "poor" ||
      (outcome === "success" && !isClean(breaker, this.#breaker.windowMs, now)) ||
      (outcome === undefined && breaker.state === "half-open");
    const mends = learned.well === true && before.strikes > 0;
    if (says === undefined && !isNews && !mends && before.out === 0) return false;
    const next = answered(breaker, outcome, this.#breaker, now);
    const source = { ...this.source, breaker: next };
    this.keep(pool, { source, pool: learn(before, learned, now) });
    return true;
  }

  /** Redis could not be told that this pool rests. */
  owe(pool: string): void {
    const { restUntil } = this.pool(pool);
    if (restUntil > this.now()) this.#owed.set(pool, restUntil);
  }

  /** For how long it still rests without Redis knowing. */
  owedMs(pool: string): number | undefined {
    const ms = (this.#owed.get(pool) ?? 0) - this.now();
    return ms > 0 ? ms : undefined;
  }

  /** Redis knows by now. */
  paid(pool: string): void {
    this.#owed.delete(pool);
  }

  /** Whether Redis was asked a moment ago and there was nothing that holds anybody. */
  isQuiet(pool: string): boolean {
    const { restUntil, remaining } = this.pool(pool);
    const now = this.now();
    return (
      this.#isRecent(pool, QUIET_MS) &&
      restUntil <= now &&
      remaining === undefined &&
      isClean(this.source.breaker, this.#breaker.windowMs, now)
    );
  }

  /** What Redis said a moment ago, where it still holds every request. */
  heldFor(pool: string): { readonly at: Instant; readonly reason: WaitReason } | undefined {
    if (!this.#isRecent(pool, HELD_MS)) return undefined;
    const now = this.now();
    const { restUntil, remaining, resetAt } = this.pool(pool);
    const { state, until } = this.source.breaker;
    if (state === "open" && now < until) return { at: until, reason: "breaker" };
    if (now < restUntil) return { at: restUntil, reason: "rest" };
    const isSpent = remaining !== undefined && remaining <= 0 && now < resetAt;
    return isSpent ? { at: resetAt, reason: "spent" } : undefined;
  }

  forget(): void {
    this.source = UNKNOWN_SOURCE;
    this.#pools.clear();
    this.#owed.clear();
  }

  #isRecent(pool: string, ms: number): boolean {
    const heardAt = this.#pools.get(pool)?.heardAt;
    return heardAt !== undefined && this.#clock() - heardAt < ms;
  }

  #put(pool: string, { source, pool: memory }: Both, heardAt: Instant): void {
    const before = { source: this.source, pool: this.pool(pool) };
    this.source = source;
    this.#pools.set(pool, { memory, heardAt });
    this.#changed(pool, before, { source, pool: memory });
  }
}
