/** The state of budgets that all processes share: in the queue role, where nothing is evicted, and in one slot for each source. */
import type { BreakerSettings, SourceLimits } from "../config/budget.ts";
import type { Instant } from "../fields.ts";
import type { AskRedis } from "../redis/ask.ts";
import type { RedisClient } from "../redis/connect.ts";
import { budgetKeys } from "../redis/keys.ts";
import { redisNow } from "../redis/now.ts";
import type { Outcome } from "./breaker.ts";
import type { Learned } from "./budget-fields.ts";
import { takeScript, tellScript } from "./budget-script.ts";
import {
  KEPT_PERCENT,
  type Memory,
  type PoolMemory,
  type SourceMemory,
  UNKNOWN_SOURCE,
  type Verdict,
} from "./budget-state.ts";
import type { Priority, WaitReason } from "./budget-types.ts";

/** What Redis knows, by its own clock. */
export interface Shared {
  readonly now: Instant;
  readonly source: SourceMemory;
  readonly pool: PoolMemory;
}

/** The same of a source as a whole. */
export interface SharedSource extends Omit<Shared, "pool"> {
  /** Requests under way. */
  readonly busy: number;
  readonly pools: readonly (readonly [name: string, pool: PoolMemory])[];
}

export interface TakeRequest {
  readonly pool: string;
  readonly limits: SourceLimits;
  readonly priority: Priority;
  /** Name of this request among those under way. */
  readonly lease: string;
}

export interface TellRequest {
  readonly pool: string;
  readonly learned: Learned;
  readonly outcome?: Outcome;
  readonly breaker: BreakerSettings;
}

/** Every call rejects in bounded time when Redis is away. */
export interface BudgetStore {
  take(source: string, request: TakeRequest): Promise<Shared & Memory & { verdict: Verdict }>;
  tell(source: string, request: TellRequest): Promise<Shared>;
  /** These requests are still under way, whatever Redis has lost meanwhile. */
  renew(source: string, leases: () => readonly string[]): Promise<unknown>;
  done(source: string, lease: string): Promise<unknown>;
  read(source: string): Promise<SharedSource>;
  /** Forgets that a source wants to be left alone, its limits and its failures. */
  forget(source: string): Promise<void>;
}

/** A request that nobody renews or ends is no longer under way after this time: its process has died. */
export const LEASE_MS = 60_000;
const REMEMBERED_MS = 7_200_000;
const MOST_POOLS = 1_000;

/** `clock`: in place of that of Redis. */
export function createBudgetStore(
  ask: AskRedis,
  clock: () => Instant | "" = () => "",
): BudgetStore {
  return {
    async take(name, { pool, limits, priority, lease }) {
      const keys = budgetKeys(name);
      const life = Math.max(REMEMBERED_MS, 2 * (limits.rate?.perMs ?? 0));
      const reply = await ask((client) =>
        takeScript(
          client,
          [keys.source, keys.pool(pool), keys.underWay],
          [clock(), JSON.stringify(limits), KEPT_PERCENT[priority], lease, LEASE_MS, life],
        ),
      );
      const [granted, at, reason, now, source, known, busy] = reply as TakeReply;
      const verdict: Verdict = granted ? { granted: true } : { granted: false, at, reason };
      return { now, verdict, source: JSON.parse(source), pool: JSON.parse(known), busy };
    },
    async tell(name, { pool, learned, outcome = "", breaker }) {
      const keys = budgetKeys(name);
      const [what, settings] = [JSON.stringify(learned), JSON.stringify(breaker)];
      const reply = await ask((client) =>
        tellScript(
          client,
          [keys.source, keys.pool(pool), keys.pools],
          [clock(), what, outcome, settings, pool, REMEMBERED_MS, MOST_POOLS],
        ),
      );
      const [now, source, known] = reply as [Instant, string, string];
      return { now, source: JSON.parse(source), pool: JSON.parse(known) };
    },
    renew: (name, leases) => ask((client) => renew(client, name, leases)),
    done: (name, lease) => ask((client) => client.zrem(budgetKeys(name).underWay, lease)),
    read: (name) => ask((client) => readAll(client, name)),
    async forget(name) {
      const keys = budgetKeys(name);
      await ask(async (client) => {
        const pools = await client.zrange(keys.pools, "0", "-1");
        await client.del(keys.source, keys.pools, ...pools.map(keys.pool));
      });
    },
  };
}

type TakeReply = [
  granted: 0 | 1,
  at: Instant,
  reason: WaitReason,
  now: Instant,
  source: string,
  pool: string,
  busy: number,
];

async function renew(client: RedisClient, name: string, leases: () => readonly string[]) {
  const { underWay } = budgetKeys(name);
  const until = (await redisNow(client)) + LEASE_MS;
  // Named now: one that has ended by then is not to come back.
  const members = leases().flatMap((lease) => [until, lease]);
  if (members.length === 0) return;
  await client
    .multi()
    .zadd(underWay, ...members)
    .pexpire(underWay, LEASE_MS)
    .exec();
}

async function readAll(client: RedisClient, name: string): Promise<SharedSource> {
  const keys = budgetKeys(name);
  const [now, names] = await Promise.all([redisNow(client), client.zrange(keys.pools, "0", "-1")]);
  const [source, busy, pools] = await Promise.all([
    client.get(keys.source),
    client.zcount(keys.underWay, now, "+inf"),
    names.length === 0 ? [] : client.mget(...names.map(keys.pool)),
  ]);
  return {
    now,
    source: source === null ? UNKNOWN_SOURCE : (JSON.parse(source) as SourceMemory),
    busy,
    pools: names.flatMap((pool, i): [string, PoolMemory][] => {
      const known = pools[i];
      return known == null ? [] : [[pool, JSON.parse(known) as PoolMemory]];
    }),
  };
}
