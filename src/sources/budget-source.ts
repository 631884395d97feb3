/** The budget of one source as one process uses it: shared through Redis, and its own while Redis is away. */
import type { BreakerSettings, BudgetSettings, SourceLimits } from "../config/budget.ts";
import type { Instant } from "../fields.ts";
import type { Logger } from "../logger.ts";
import type { Outcome } from "./breaker.ts";
import { type Learned, learnFrom } from "./budget-fields.ts";
import { Known } from "./budget-known.ts";
import { createLeases, type Leases } from "./budget-leases.ts";
import { createBudgetLog } from "./budget-log.ts";
import { take, type Verdict } from "./budget-state.ts";
import type { BudgetStore } from "./budget-store.ts";
import { createTurns } from "./budget-turns.ts";
import type {
  BudgetDecision,
  BudgetState,
  Priority,
  ResponseFacts,
  SourceBudget,
} from "./budget-types.ts";
import { shownState } from "./budget-view.ts";

export interface BudgetOptions {
  readonly settings: Pick<BudgetSettings, "breaker" | "longestRestMs">;
  /** Absent: the budget is this process's own. */
  readonly store?: BudgetStore | undefined;
  readonly logger: Logger;
  /** The clock of this process. */
  readonly now: () => Instant;
}

export interface OpenBudget extends SourceBudget {
  /** Forgets all that the source said and how it failed, everywhere. */
  forget(): Promise<void>;
  close(): void;
}

export function createSourceBudget(
  name: string,
  limits: SourceLimits,
  options: BudgetOptions,
): OpenBudget {
  const { settings, store, logger, now } = options;
  const log = createBudgetLog(name, logger);
  const known: Known = new Known({
    breaker: settings.breaker,
    now,
    changed: (pool, before, after) => log(pool, before, after, known.now()),
  });
  const leases = createLeases(name, store);
  const { breaker } = settings;
  const ask = createAsk({ name, limits, store, known, leases, breaker, ended: () => turns.wake() });
  const turns = createTurns(ask, limits, now);
  const tell = createTell({ name, breaker, store, known });
  return {
    name,
    acquire: turns.acquire,
    observe: (facts) =>
      tell(facts.pool ?? "", learnFrom(facts, settings.longestRestMs), outcomeOf(facts)),
    failed: (fault, pool = "") => tell(pool, {}, fault === "aborted" ? undefined : "failure"),
    async state(): Promise<BudgetState> {
      const shared = await store?.read(name).catch(() => undefined);
      return shownState(name, limits, known, leases.size, shared);
    },
    async forget() {
      known.forget();
      await store?.forget(name);
      turns.wake();
    },
    close: () => leases.close(),
  };
}

/** Statuses with which a gateway tells of a source that is not there. A 500 is about one request: whoever provokes it must not shut out others. */
const AWAY: readonly number[] = [502, 503, 504];

function outcomeOf({ status, limited }: ResponseFacts): Outcome {
  if (AWAY.includes(status)) return "poor";
  return status === 429 || limited === true ? undefined : "success";
}

interface AskTools {
  readonly name: string;
  readonly limits: SourceLimits;
  readonly store: BudgetStore | undefined;
  readonly known: Known;
  readonly leases: Leases;
  readonly breaker: BreakerSettings;
  /** A request that was under way has ended. */
  readonly ended: () => void;
}

/** Asks whether it is somebody's turn: without Redis where that is known, or Redis is away. */
function createAsk({ name, limits, store, known, leases, breaker, ended }: AskTools) {
  const isLimited = limits.rate !== undefined || limits.concurrency !== undefined;
  const granted = (lease: string): BudgetDecision => {
    if (limits.concurrency === undefined) return { outcome: "granted", done: () => undefined };
    leases.add(lease);
    const done = () => {
      leases.end(lease);
      ended();
    };
    return { outcome: "granted", done };
  };
  const decided = (verdict: Verdict, lease: string): BudgetDecision =>
    verdict.granted
      ? granted(lease)
      : { outcome: "wait", at: known.here(verdict.at), reason: verdict.reason };
  /** What Redis missed while it was away it is told before it is asked. */
  const settleUp = async (pool: string) => {
    const restMs = known.owedMs(pool);
    if (restMs === undefined) return;
    const told = store?.tell(name, { pool, learned: { restMs }, breaker });
    await told?.then(() => known.paid(pool)).catch(() => undefined);
  };
  return async (pool: string, priority: Priority): Promise<BudgetDecision> => {
    if (!isLimited && known.isQuiet(pool)) return granted("");
    const held = known.heldFor(pool);
    if (held !== undefined) return decided({ granted: false, ...held }, "");
    await settleUp(pool);
    const lease = leases.name();
    const taken = await store?.take(name, { pool, limits, priority, lease }).catch(() => undefined);
    if (taken !== undefined) {
      known.hear(pool, taken);
      return decided(taken.verdict, lease);
    }
    const memory = { source: known.source, pool: known.pool(pool), busy: leases.size };
    const { verdict, ...rest } = take(memory, limits, priority, known.now());
    known.keep(pool, rest);
    return decided(verdict, lease);
  };
}

type TellTools = Pick<AskTools, "name" | "store" | "known" | "breaker">;

function createTell({ name, breaker, store, known }: TellTools) {
  return async (pool: string, learned: Learned, outcome: Outcome): Promise<void> => {
    if (!known.learn(pool, learned, outcome)) return;
    const shared = await store
      ?.tell(name, { pool, learned, outcome, breaker })
      .catch(() => undefined);
    if (shared !== undefined) known.hear(pool, shared);
    else known.owe(pool);
  };
}
