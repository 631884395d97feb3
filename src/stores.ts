/** Opens the two Redis roles of a process: those configured, or the embedded store. */
import { recordCodec } from "./cache/codec.ts";
import type { PurgeLog } from "./cache/purge/log.ts";
import type { RefreshTools } from "./cache/refresh.ts";
import type { RedisTarget } from "./config/config.ts";
import { SetupError } from "./errors.ts";
import type { Instant } from "./fields.ts";
import { type ServedRoute, serveRoute } from "./http/routes.ts";
import { openBudgets } from "./open-budgets.ts";
import { openPurges } from "./open-purges.ts";
import type { Start } from "./process.ts";
import { connectForRequests, whenReady } from "./redis/connect.ts";
import { createHealthCheck, type StoreHealth } from "./redis/health.ts";
import { connectStore } from "./redis/store-redis.ts";
import { watchRoles } from "./redis/watch-roles.ts";
import type { Budgets } from "./sources/budget.ts";
import { withBudget } from "./sources/budgeted.ts";
import { countSource, type SourceCounts } from "./sources/counted.ts";
import { createGuard } from "./sources/guard.ts";
import { createOrigin } from "./sources/origin.ts";
import { startEmbeddedStore } from "./store/embedded.ts";
import { createFlights } from "./store/flight.ts";
import { type StartOfValue, scanStore } from "./store/scan.ts";
import { createTieredStore } from "./store/tiered.ts";
import type { TieredStats } from "./store/tiered-stats.ts";
import { createTracking } from "./store/tracking.ts";

/** Where the roles are. */
export interface StoreTargets {
  readonly queue: RedisTarget;
  readonly cache: RedisTarget;
}

/** What the cache is made of in one process. */
export interface CacheParts {
  readonly tools: RefreshTools;
  readonly purges: PurgeLog;
  /** Everything that is stored, a page at a time. */
  readonly scan: () => AsyncIterable<readonly StartOfValue[]>;
  readonly routes: readonly ServedRoute[];
  /** What may be asked of each source. */
  readonly budgets: Budgets;
  /** What was asked of each source. */
  readonly sourceCounts: SourceCounts;
  /** What the store answered and took, by tier. */
  readonly storeStats: () => TieredStats;
  /** How the store is, in figures. */
  readonly health: () => Promise<StoreHealth>;
  /** What is not well with the store, in a few words. */
  readonly degraded: () => string | undefined;
}

/** Longest that a start waits for the store: the front works without it. */
const READY_MS = 2_000;
/** A fetch whose process stopped in the middle keeps others waiting this long. */
const FLIGHT_LIFE_MS = 5_000;

/** The configured servers, or the embedded ones if `mayEmbed`. Rejects with a `SetupError` when there are none. */
export async function openTargets(
  { config, scope, logger }: Start,
  { mayEmbed }: { readonly mayEmbed: boolean },
): Promise<StoreTargets> {
  const { queue, cache } = config.redis;
  const given = queue ?? cache;
  if (given !== undefined) return { queue: queue ?? given, cache: cache ?? given };
  if (!mayEmbed) {
    throw new SetupError(
      "Cannot start: no REDIS_URL.\nweb and worker run apart only over a Redis that both reach. Set REDIS_URL (redis.url), or run `npm start`, which brings its own.",
    );
  }
  const { dataDir, cacheMaxMemory } = config;
  const embedded = await startEmbeddedStore({
    dataDir,
    cacheMaxMemory,
    log: logger,
    onFailure: scope.fail,
  });
  scope.onClose("embedded store", () => embedded.stop());
  logger.info(`Store: ${embedded.description}`);
  return embedded;
}

/** Rejects with a `SetupError` when a configured Redis does not answer: for a process that a person has just started by hand. */
export async function requireTargets({ logger }: Start, targets: StoreTargets): Promise<void> {
  for (const [role, target, setting] of [
    ["queue", targets.queue, "REDIS_URL (redis.url)"],
    ["cache", targets.cache, "CACHE_REDIS_URL (redis.cache_url), or REDIS_URL (redis.url)"],
  ] as const) {
    const client = connectForRequests(target, { role, budgetMs: READY_MS, logger });
    const answers = await whenReady(client, READY_MS);
    client.disconnect();
    if (answers) continue;
    throw new SetupError(
      `Cannot start: the Redis for the ${role} does not answer.\nCheck ${setting}: address, port, password, and that it runs. Without either setting, Warmfront brings its own.`,
    );
  }
}

/**
 * Connects the cache. It may be away at any time; only its start is waited for, a moment. `clock`: time by which budgets go, in place of that of
 * Redis.
 */
export async function openCache(
  start: Start,
  targets: StoreTargets,
  clock?: () => Instant,
): Promise<CacheParts> {
  const { config, scope, logger } = start;
  const redis = connectStore(targets.cache, { budgetMs: config.storeBudgetMs, logger });
  const tracking = createTracking({ target: targets.cache, logger });
  const store = createTieredStore({
    redis,
    tracking,
    codec: recordCodec,
    memoryMaxBytes: config.memoryMaxBytes,
    logger,
  });
  const flights = createFlights({ redis, tracking, lifeMs: FLIGHT_LIFE_MS, now: Date.now });
  scope.onClose("cache", () => {
    flights.close();
    store.close();
    tracking.close();
    redis.close();
  });
  watchPolicies(start, targets);
  const budgets = openBudgets({
    target: targets.queue,
    settings: config.budget,
    limitMs: config.storeBudgetMs,
    logger,
    ...(clock && { clock }),
  });
  scope.onClose("budgets of sources", () => budgets.close());
  const [isReady, purges] = await Promise.all([
    redis.ready(READY_MS),
    openPurges(start, targets.queue, flights),
  ]);
  if (!isReady) logger.warn("The cache Redis does not answer; starting without it");
  const sourceCounts: SourceCounts = new Map();
  return {
    tools: { store, flights, purges: purges.markers, now: Date.now, random: Math.random },
    purges,
    scan: () => scanStore(redis),
    routes: openRoutes(start, budgets, sourceCounts),
    budgets,
    sourceCounts,
    storeStats: () => store.stats(),
    health: createHealthCheck(redis),
    degraded: () => (redis.isUp() ? undefined : "the cache Redis is away"),
  };
}

/** Tells when a store may evict what must stay, or cannot evict what may go: at once and every minute. */
function watchPolicies({ scope, logger }: Start, targets: StoreTargets): void {
  const connect = (role: "queue" | "cache") =>
    connectForRequests(targets[role], { role, budgetMs: READY_MS, logger });
  const queue = connect("queue");
  const cache = connect("cache");
  const watch = watchRoles({ queue, cache, logger });
  scope.onClose("watch over memory policies", () => {
    watch.close();
    queue.disconnect();
    cache.disconnect();
  });
}

/** The configured routes, each with a client for its source. */
function openRoutes(
  { config, scope }: Start,
  budgets: Budgets,
  counts: SourceCounts,
): ServedRoute[] {
  const guard = createGuard(config.egress);
  return config.routes.map((route) => {
    const { origin, timeouts } = route.source;
    const source = countSource(createOrigin({ origin, timeouts, guard }), counts);
    scope.onClose(`source ${source.name}`, () => source.close());
    return serveRoute(route, withBudget(source, budgets.of(origin), config.budget.waitMs));
  });
}
