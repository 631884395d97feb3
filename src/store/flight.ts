/**
 * One fetch per key at a time: within a process by a shared flight, across processes by a lock. Every flight gets a fence, the order in
 * which fetches began, so that what an older fetch brings never replaces what a newer one brought.
 */
import { LRUCache } from "lru-cache";
import type { StoreRedis } from "../redis/store-redis.ts";
import {
  type Begun,
  beginFlight,
  createToken,
  endFlight,
  readFence,
  renewFlight,
  SOLO_LIFE_MS,
} from "./flight-lock.ts";
import { FlightWatch } from "./flight-watch.ts";
import type { Tracking } from "./tracking.ts";

/**
 * How a flight ended. `unshareable`: the answer was for its caller alone, and the next ones for this key will be too. `failed`: nothing was
 * stored, or nobody knows.
 */
export type FlightOutcome = "stored" | "unshareable" | "failed";

/** This caller fetches. `end` must be called; it never rejects, and only the first call counts. */
export interface LeadFlight {
  readonly role: "lead";
  readonly fence: number;
  end(outcome: FlightOutcome): Promise<void>;
}

/** Another caller, here or in another process, is fetching. */
export interface FollowFlight {
  readonly role: "follow";
  /** For a fetch of one's own after `settled`. */
  readonly fence: number;
  /** Resolves with the outcome, or with `timeout` after `timeoutMs` or when `signal` aborts. Never rejects. */
  settled(timeoutMs: number, signal?: AbortSignal): Promise<FlightOutcome | "timeout">;
}

/** Fetch, and neither wait for others nor let them wait. */
interface AloneFlight {
  readonly role: "alone";
  readonly fence: number;
}

export type Flight = LeadFlight | FollowFlight | AloneFlight;

export interface Flights {
  /** Never rejects: while Redis is away, flights are shared within this process and fences come from its clock. */
  begin(key: string): Promise<Flight>;
  /** A fence for a fetch that is nobody else's business. Never rejects. */
  alone(): Promise<AloneFlight>;
  /** Lets go of listeners; whoever follows is released. */
  close(): void;
}

export interface FlightsOptions {
  readonly redis: StoreRedis;
  readonly tracking: Tracking;
  /** How long a leader that stopped working keeps others waiting, in milliseconds. */
  readonly lifeMs: number;
  /** Milliseconds since the epoch; gives fences while Redis is away. */
  readonly now: () => number;
}

export function createFlights(options: FlightsOptions): Flights {
  return new SharedFlights(options);
}

/** A flight as the callers of this process share it. */
interface Shared {
  readonly fence: number;
  /** Undefined: there is nothing to wait for. */
  readonly over: Promise<FlightOutcome> | undefined;
}

class SharedFlights implements Flights {
  readonly #redis: StoreRedis;
  readonly #lifeMs: number;
  readonly #now: () => number;
  readonly #watch: FlightWatch;
  readonly #shared = new Map<string, Promise<Shared>>();
  #lastFence = 0;
  /** Keys not worth waiting for, as far as this process knows: for when Redis is away. */
  readonly #solo = new LRUCache<string, true>({ max: 10_000, ttl: SOLO_LIFE_MS });

  constructor({ redis, tracking, lifeMs, now }: FlightsOptions) {
    this.#redis = redis;
    this.#lifeMs = lifeMs;
    this.#now = now;
    this.#watch = new FlightWatch(redis, tracking);
  }

  async begin(key: string): Promise<Flight> {
    const shared = this.#shared.get(key);
    if (shared !== undefined) return join(await shared);
    const { promise, resolve } = withResolvers<Shared>();
    this.#shared.set(key, promise);
    const begun = await this.#begin(key);
    if (begun.role === "lead") return this.#lead(key, begun, resolve);
    const over = begun.role === "follow" ? this.#watch.over(key, begun.holder) : undefined;
    const joint: Shared = { fence: begun.fence, over };
    resolve(joint);
    if (over === undefined) this.#shared.delete(key);
    else void over.then(() => this.#shared.delete(key));
    return join(joint);
  }

  async alone(): Promise<AloneFlight> {
    const fence = await readFence(this.#redis).catch(() => this.#localFence());
    return { role: "alone", fence };
  }

  close(): void {
    this.#watch.close();
  }

  async #begin(key: string): Promise<Begun> {
    const token = createToken();
    try {
      return await beginFlight(this.#redis, key, token, this.#lifeMs);
    } catch {
      const fence = this.#localFence();
      return this.#solo.has(key) ? { role: "alone", fence } : { role: "lead", fence, token };
    }
  }

  #lead(
    key: string,
    { fence, token }: Extract<Begun, { role: "lead" }>,
    share: (shared: Shared) => void,
  ): LeadFlight {
    const { promise: over, resolve: finish } = withResolvers<FlightOutcome>();
    share({ fence, over });
    const renewing = setInterval(
      () => void renewFlight(this.#redis, key, token, this.#lifeMs),
      this.#lifeMs / 3,
    );
    renewing.unref();
    let ended = false;
    const end = async (outcome: FlightOutcome): Promise<void> => {
      if (ended) return;
      ended = true;
      clearInterval(renewing);
      if (outcome === "unshareable") this.#solo.set(key, true);
      this.#shared.delete(key);
      finish(outcome);
      await endFlight(this.#redis, key, token, outcome);
    };
    return { role: "lead", fence, end };
  }

  /** Unlike every one before: of two things in one millisecond one still comes first. */
  #localFence(): number {
    this.#lastFence = Math.max(this.#lastFence + 1, this.#now() * 1_000);
    return this.#lastFence;
  }
}

function join({ fence, over }: Shared): FollowFlight | AloneFlight {
  if (over === undefined) return { role: "alone", fence };
  return { role: "follow", fence, settled: (limitMs, signal) => before(over, limitMs, signal) };
}

/** The outcome if it comes in time. */
function before(
  over: Promise<FlightOutcome>,
  limitMs: number,
  signal?: AbortSignal,
): Promise<FlightOutcome | "timeout"> {
  return new Promise((resolve) => {
    const settle = (outcome: FlightOutcome | "timeout") => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
      resolve(outcome);
    };
    const giveUp = () => settle("timeout");
    const timer = setTimeout(giveUp, limitMs);
    if (signal?.aborted) giveUp();
    else signal?.addEventListener("abort", giveUp);
    void over.then(settle);
  });
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
