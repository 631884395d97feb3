/** Waiting for flights of other processes: woken by Redis's announcements, with a slow look from time to time as a safety net. */
import { flightKey } from "../redis/keys.ts";
import type { StoreRedis } from "../redis/store-redis.ts";
import type { FlightOutcome } from "./flight.ts";
import { lookAtFlight } from "./flight-lock.ts";
import type { Tracking } from "./tracking.ts";

/** Pause between looks while changes are announced, and while they are not. */
const SLOW_LOOK_MS = 1_000;
const QUICK_LOOK_MS = 100;

export class FlightWatch {
  readonly #redis: StoreRedis;
  readonly #tracking: Tracking;
  readonly #stopListening: () => void;
  readonly #sleepers = new Map<string, Sleeper>();
  #closed = false;

  constructor(redis: StoreRedis, tracking: Tracking) {
    this.#redis = redis;
    this.#tracking = tracking;
    this.#stopListening = tracking.listen({
      invalidated: (keys) => this.#wake(keys ?? [...this.#sleepers.keys()]),
      changed: () => this.#wake([...this.#sleepers.keys()]),
    });
  }

  /** Resolves when the flight of `holder` is over. `failed` as well when nobody knows how it ended. At most one call per key at a time. */
  async over(key: string, holder: string): Promise<FlightOutcome> {
    const lock = flightKey(key);
    const sleeper = new Sleeper();
    this.#sleepers.set(lock, sleeper);
    try {
      while (!this.#closed) {
        const state = await this.#look(key, holder);
        if (state !== "flying") return state;
        await sleeper.sleep(this.#tracking.tracked ? SLOW_LOOK_MS : QUICK_LOOK_MS);
      }
      return "failed";
    } finally {
      this.#sleepers.delete(lock);
    }
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
    this.#wake([...this.#sleepers.keys()]);
  }

  /** One reply that does not come says little; an open breaker says that none will. */
  async #look(key: string, holder: string): Promise<FlightOutcome | "flying"> {
    try {
      return await lookAtFlight(this.#redis, key, holder);
    } catch {
      return this.#redis.breaker.state === "closed" ? "flying" : "failed";
    }
  }

  #wake(locks: readonly string[]): void {
    for (const lock of locks) this.#sleepers.get(lock)?.wake();
  }
}

/** A call to `wake` before `sleep` is not lost: then the next sleep is none. */
class Sleeper {
  #woken = false;
  #end: (() => void) | undefined;

  wake(): void {
    this.#woken = true;
    this.#end?.();
  }

  async sleep(longestMs: number): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, longestMs);
        this.#end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#woken = false;
  }
}
