/**
 * When the memory tier may answer.
 *
 * - Tracked: every change is announced, so what is held is what Redis holds.
 * - Tracking lost, Redis answers: others may write and we would not hear of it. Everything is dropped, nothing is served.
 * - Tracking lost, Redis does not answer: almost always it is down and nobody writes. What is held is served on, for 30 seconds; values that
 *   this process fetched meanwhile for 30 seconds each. If in truth only our network is down, nothing older than that is served.
 *
 * Between the loss and the answer to the question which of the two it is (one probe, at most the store's budget) the tier serves on.
 * A connection that is open on our side alone is found out within a second. When Redis is back, everything is dropped before the tier is trusted again.
 */
import type { StoreRedis } from "../redis/store-redis.ts";
import type { Tracking } from "./tracking.ts";

/** Longest that memory is served while Redis is away, and that a value is which Redis could not be given meanwhile. */
const AWAY_LIFE_MS = 30_000;
/** Longest that a value which Redis refused is served while it answers: others cannot purge it. */
const REFUSED_LIFE_MS = 1_000;

/** What trust is about; see `Memory`. */
interface Tier {
  serving: boolean;
  outdate(redisKeys: readonly string[]): void;
  outdateAllWaiting(): void;
  dropConfirmed(): void;
  clear(): void;
}

export class Trust {
  readonly #memory: Tier;
  readonly #redis: StoreRedis;
  readonly #tracking: Tracking;
  readonly #stops: readonly (() => void)[];
  #timer: NodeJS.Timeout | undefined;
  /** Whether memory is served because Redis is away. */
  away = false;

  constructor(memory: Tier, redis: StoreRedis, tracking: Tracking) {
    this.#memory = memory;
    this.#redis = redis;
    this.#tracking = tracking;
    this.#stops = [
      tracking.listen({
        invalidated: (keys) => (keys === null ? memory.clear() : memory.outdate(keys)),
        changed: (tracked) => (tracked ? this.#trust() : this.#lost()),
      }),
      redis.breaker.onChange((state) => {
        if (state === "open" && !tracking.tracked) this.#goAway();
        if (state === "closed") this.#reachable();
      }),
      redis.onReconnect(() => tracking.restart()),
    ];
    if (tracking.tracked) this.#trust();
  }

  /** How long a value that Redis did not take may be served from memory. */
  get unsharedLifeMs(): number {
    return this.#redis.breaker.state === "closed" ? REFUSED_LIFE_MS : AWAY_LIFE_MS;
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const stop of this.#stops) stop();
    this.#distrust();
  }

  #trust(): void {
    this.#back();
    this.#memory.clear();
    this.#memory.serving = true;
  }

  #lost(): void {
    this.#memory.outdateAllWaiting();
    void this.#redis.breaker.probe().then((answers) => {
      if (this.#tracking.tracked || this.away) return;
      if (answers) this.#distrust();
      else this.#goAway();
    });
  }

  #goAway(): void {
    if (this.away) return;
    this.away = true;
    this.#memory.serving = true;
    this.#timer = setTimeout(() => this.#memory.dropConfirmed(), AWAY_LIFE_MS);
    this.#timer.unref();
  }

  /** What was put meanwhile, Redis does not know, and nobody could announce its change. */
  #reachable(): void {
    if (this.away) this.#distrust();
    else this.#memory.clear();
  }

  #distrust(): void {
    this.#back();
    this.#memory.serving = false;
    this.#memory.clear();
  }

  #back(): void {
    this.away = false;
    clearTimeout(this.#timer);
  }
}
