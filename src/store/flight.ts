import type { StoreRedis } from "../redis/store-redis.ts";
import type { Tracking } from "./tracking.ts";

/** How a flight ended. `unshareable`: the answer was for its caller alone, and the next ones for this key will be too. */
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
export interface AloneFlight {
  readonly role: "alone";
  readonly fence: number;
}

export type Flight = LeadFlight | FollowFlight | AloneFlight;

/** One fetch per key at a time across processes. */
export interface Flights {
  /** Never rejects: while Redis is away, flights are shared within this process and fences come from its clock. */
  begin(key: string): Promise<Flight>;
  /** A fence for a fetch that is nobody else's business. Never rejects. */
  alone(): Promise<AloneFlight>;
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

export declare function createFlights(options: FlightsOptions): Flights;
