/** The words in which the budget of a source is asked for and told. */
import type { SourceLimits } from "../config/budget.ts";
import type { SourceFault } from "../errors.ts";
import type { FieldList, Instant } from "../fields.ts";
import type { BreakerState } from "./breaker.ts";

/** Who asks, the most urgent first. When little is left, a share of it is kept from the later ones. */
export const PRIORITIES = ["user", "refresh", "warm-up", "report"] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface AcquireRequest {
  /**
   * A part of the source with limits of its own, such as `search`; the source as a whole when absent. One that a client can
   * make up has a colon in it: of these only so many are remembered.
   */
  readonly pool?: string;
  readonly priority: Priority;
  /** Longest that this call waits for its turn, in milliseconds; not at all when absent. */
  readonly waitMs?: number;
  /** Gives the wait up: the call rejects with its reason. */
  readonly signal?: AbortSignal;
}

export type BudgetDecision =
  /** Ask now. `done` once the response is complete or has failed: until then it counts as under way. */
  | { readonly outcome: "granted"; done(): void }
  /** Not now. Asking again before `at` is of no use. */
  | { readonly outcome: "wait"; readonly at: Instant; readonly reason: WaitReason }
  /** Too many wait here already. */
  | { readonly outcome: "refused"; readonly reason: "crowded" };

export type WaitReason =
  /** The source wants to be left alone (`Retry-After`, or a limit that was hit). */
  | "rest"
  /** The source's own limit is used up. */
  | "spent"
  /** What is left is kept for more urgent requests. */
  | "reserved"
  /** The configured rate. */
  | "rate"
  /** The configured number of requests under way. */
  | "concurrency"
  /** The source fails; a probe finds out when it is back. */
  | "breaker";

/** What a response tells about limits. */
export interface ResponseFacts {
  /** As it was acquired. */
  readonly pool?: string;
  readonly status: number;
  readonly fields: FieldList;
  /** When the response arrived. */
  readonly at: Instant;
  /** The body says that a limit was hit, where status and fields do not. */
  readonly limited?: boolean;
}

/** The budget of one source. */
export interface SourceBudget {
  /** Origin or name of the source, without credentials. */
  readonly name: string;
  acquire(request: AcquireRequest): Promise<BudgetDecision>;
  /** Once per response; what it says is obeyed at once here, and everywhere when the promise resolves. Never rejects. */
  observe(facts: ResponseFacts): Promise<void>;
  /** Instead, when there was no response. `pool`: as it was acquired. */
  failed(fault: SourceFault, pool?: string): Promise<void>;
  state(): Promise<BudgetState>;
}

/** How a source stands, for people. */
export interface BudgetState {
  readonly source: string;
  /** `local`: the shared state cannot be reached, and this process goes by its own. */
  readonly scope: "shared" | "local";
  readonly breaker: {
    readonly state: BreakerState;
    /** When the next probe may be made. */
    readonly until?: Instant;
    /** Failures in a row. */
    readonly failures: number;
  };
  /** What the configuration grants. */
  readonly limits: SourceLimits;
  /** Requests within the time of the configured rate. */
  readonly used?: number;
  /** Requests under way, where their number is limited. */
  readonly underWay?: number;
  readonly pools: readonly PoolState[];
}

export interface PoolState {
  /** Empty for the source as a whole. */
  readonly pool: string;
  /** The source wants to be left alone until then. */
  readonly restUntil?: Instant;
  /** The source's own limit, as far as it said. */
  readonly limit?: number;
  readonly remaining?: number;
  readonly resetAt?: Instant;
}
