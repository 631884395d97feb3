/** What an explanation says: everything that decides how a request is answered right now. Instants are ISO 8601, times are seconds. */
import type { LookUpTools } from "../../cache/lookup.ts";
import type { Reason } from "../../cache/reasons.ts";
import type { RefreshJob } from "../../queues/find-refresh.ts";
import type { Budgets } from "../../sources/budget.ts";
import type { BackOff } from "../back-off.ts";
import type { ServedRoute } from "../routes.ts";
import type { Hold } from "./source-facts.ts";

export interface ExplainTools extends LookUpTools {
  readonly routeOf: (target: string) => ServedRoute | undefined;
  /** Whether a path is that of an item; absent when there are none. */
  readonly isItem?: ((path: string) => boolean) | undefined;
  readonly backOff: BackOff;
  readonly budgets: Pick<Budgets, "of">;
  /** Rejects when the queue does not answer. */
  readonly findRefresh: (route: string, key: string) => Promise<RefreshJob | undefined>;
}

export interface Explanation {
  readonly at: string;
  readonly method: string;
  readonly target: string;
  readonly route?: RouteFacts;
  /** What the source would be asked. */
  readonly upstream?: UpstreamFacts;
  /** What keeps requests from the source right now; absent when nothing does. */
  readonly holds?: readonly Hold[];
  readonly key?: KeyFacts;
  /** Absent: nothing is stored for this request. */
  readonly stored?: StoredFacts;
  readonly variants?: readonly VariantFacts[];
  readonly purge?: PurgeFacts;
  readonly verdict: { readonly reuse: "fresh" | "stale" | "nothing"; readonly because: Reason };
  readonly now: { readonly action: Action; readonly text: string };
  /** What would be sent if the source failed right now. */
  readonly ifSourceFails?: "stored" | "error";
  /** The key rests after failures: its source is not asked until then. */
  readonly rest?: { readonly until: string; readonly failures: number; readonly failure: string };
  /** The refresh job that is queued or running; `none`; `unknown` when the queue does not answer. */
  readonly refresh?: (Omit<RefreshJob, "notBefore"> & { notBefore?: string }) | "none" | "unknown";
}

/** What would happen if the request came now. */
export type Action =
  | "refuse"
  | "item"
  | "pass-on"
  | "hit"
  | "hit-and-refresh"
  | "stale"
  | "stale-and-refresh"
  | "validate"
  | "fetch"
  | "gateway-timeout";

export interface RouteFacts {
  readonly id: string;
  readonly path: string;
  readonly preset: string;
  readonly freshness: string;
  readonly perPrincipal: boolean;
}

export interface UpstreamFacts {
  readonly origin: string;
  readonly method: string;
  readonly target: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export interface KeyFacts {
  readonly route: string;
  readonly target: string;
  /** Whether the answer belongs to a principal, or to all who show some credential; never which one. */
  readonly credential: "none" | "present" | "present, keyed apart";
  /** The fields that tell variants apart; undefined where Vary does. */
  readonly fields?: Readonly<Record<string, string | null>>;
  /** Name in Redis of what stands under the primary key. */
  readonly reference: string;
}

export interface StoredFacts {
  readonly status: number;
  readonly bytes: number;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly bornAt: string;
  readonly storedAt: string;
  readonly staleAt: string;
  readonly revalidateUntil: string;
  readonly errorUntil: string;
  readonly deleteAt: string;
  readonly age: number;
  /** Freshness lifetime, and what is left of it: negative when stale. */
  readonly freshFor: number;
  readonly freshLeft: number;
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
  readonly tags: readonly string[];
  readonly fence: number;
  readonly part?: { readonly first: number; readonly completeLength?: number };
  readonly reference: string;
}

export interface VariantFacts {
  readonly fields: Readonly<Record<string, string | null>>;
  readonly storedAt: string;
  /** Whether it is the one for this request. */
  readonly chosen: boolean;
}

export interface PurgeFacts {
  readonly state: "kept" | "stale" | "gone";
  readonly id?: string;
  readonly scope?: string;
  readonly at?: string;
}
