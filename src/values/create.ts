/** Opens a value cache. */
import { parseRedisUrl } from "../config/addresses.ts";
import { type CacheEnvironment, readCacheEnvironment } from "../config/cache-environment.ts";
import type { RedisTarget } from "../config/config.ts";
import { createLogger, type Logger } from "../logger.ts";
import { ValueCache } from "./cache.ts";
import { systemClock } from "./clock.ts";
import { type Core, createCore } from "./core.ts";
import { type Duration, type Lifetimes, type Spans, spansOf, toMs } from "./lifetimes.ts";
import { openMemoryStore } from "./memory-store.ts";
import { openRedisStore } from "./redis-store.ts";
import type { Settings } from "./settings.ts";
import type { ValueStore } from "./value-store.ts";

/** What is not said is taken from the environment, else from the defaults. Lifetimes hold for values that say nothing else. */
export interface CacheOptions extends Lifetimes {
  /**
   * A URL (`redis://…`, `rediss://…`, `unix:/run/redis.sock`), Sentinels or nodes of a Cluster; `false`: memory alone. When absent
   * `CACHE_REDIS_URL`, `CACHE_REDIS_HOST`, `REDIS_URL` or `REDIS_HOST` say it, and without them it is memory.
   */
  readonly redis?: string | RedisTarget | false;
  /** What keeps caches in one Redis apart: letters, digits, `.`, `_` and `-`. `default` when absent. */
  readonly namespace?: string;
  /** Off: reads miss, writes do nothing, functions are called. */
  readonly enabled?: boolean;
  /** Whether a store that is away is a miss (default) or a `CacheConnectionError`. */
  readonly failSilently?: boolean;
  /** Default lifetime of `persistent`; an hour when absent. `ttl` is that of the others, five minutes when absent. */
  readonly persistentTtl?: Duration;
  /** How long null and undefined are kept at most when a function returned them; a minute when absent. */
  readonly negativeTtl?: Duration;
  /** Share by which lifetimes of loaded values are shortened at random, 0 to 1; 0.1 when absent. */
  readonly jitter?: number;
  /** Longest that a caller waits for a function; 30 seconds when absent. */
  readonly hardTimeout?: Duration;
  /** Longest that a call waits for one step of the store; 50 ms when absent. */
  readonly storeBudget?: Duration;
  /** Bound of this process's memory, for each of its stores; 64 MiB when absent. */
  readonly memoryMaxBytes?: number;
  /** Values of more bytes are compressed; 32 KiB when absent. */
  readonly compressAbove?: number;
  /** Values of more bytes are not stored; 16 MiB when absent. */
  readonly maxValueBytes?: number;
  /** Hits share one object instead of each getting its own: faster, and nobody may change it. */
  readonly share?: boolean;
  /** A logger of pino; silent when absent. */
  readonly logger?: Logger;
  /** `process.env` when absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The default cache, over Redis or memory, and both aliases. */
export interface Caches extends ValueCache {
  /** Always in this process. */
  readonly memory: ValueCache;
  /** The same store as the default cache, with longer lives. */
  readonly persistent: ValueCache;
  /** Tries once more what is queued, and lets go of everything. */
  close(): Promise<void>;
}

const DEFAULT_TTL_MS = 300_000;
const PERSISTENT_TTL_MS = 3_600_000;
const MEMORY_MAX_BYTES = 64 * 2 ** 20;
const STORE_BUDGET_MS = 50;
const WORK_LIMIT_MS = 5_000;

/**
 * Opens a cache. Connects in the background: a Redis that is away is a state, not an error. Throws a `SetupError` when variables are wrong or
 * contradict each other, and a `TypeError` for options that are.
 */
export function createCache(options: CacheOptions = {}): Caches {
  const environment = readCacheEnvironment(options.env, {
    redis: options.redis === undefined,
  });
  const settings = settingsOf(options, environment);
  const memoryStore = () =>
    openMemoryStore({
      maxBytes: options.memoryMaxBytes ?? MEMORY_MAX_BYTES,
      clock: settings.clock,
    });
  const target = targetOf(options.redis) ?? environment.redis;
  const isLocal = options.redis === false || target === undefined || !settings.enabled;
  const store = isLocal ? memoryStore() : openRedis(target, options, { settings, environment });
  const persistentMs =
    options.persistentTtl === undefined
      ? (environment.persistentTtlMs ?? PERSISTENT_TTL_MS)
      : toMs(options.persistentTtl);
  return openCaches(
    { main: createCore(store, settings), memory: createCore(memoryStore(), settings) },
    { ...settings.spans, ttlMs: persistentMs },
  );
}

/** The default cache and its aliases. */
export function openCaches(
  { main, memory }: { readonly main: Core; readonly memory: Core },
  persistentSpans: Spans,
): Caches {
  return Object.assign(new ValueCache(main, main.settings.spans), {
    memory: new ValueCache(memory, memory.settings.spans),
    persistent: new ValueCache(main, persistentSpans),
    close: async () => {
      await Promise.all([main.close(), memory.close()]);
    },
  });
}

export function settingsOf(options: CacheOptions, environment: CacheEnvironment): Settings {
  const { namespace = "default", jitter = 0.1, hardTimeout = 30, negativeTtl = 60 } = options;
  if (!/^[\w.-]{1,64}$/.test(namespace))
    throw new TypeError("A namespace is made of letters, digits, `.`, `_` and `-`.");
  if (!(jitter >= 0 && jitter <= 1)) throw new TypeError("`jitter` is a share from 0 to 1.");
  const ttlMs = environment.defaultTtlMs ?? DEFAULT_TTL_MS;
  return {
    namespace,
    jitter,
    enabled: options.enabled ?? environment.enabled ?? true,
    failSilently: options.failSilently ?? environment.failSilently ?? true,
    spans: spansOf(options, { ttlMs, revalidateMs: 0, onErrorMs: 0 }),
    negativeTtlMs: toMs(negativeTtl),
    hardTimeoutMs: toMs(hardTimeout),
    budgetMs: options.storeBudget === undefined ? STORE_BUDGET_MS : toMs(options.storeBudget),
    limits: {
      compressAbove: options.compressAbove ?? 32_768,
      maxBytes: options.maxValueBytes ?? 16 * 2 ** 20,
    },
    share: options.share ?? false,
    clock: systemClock,
    random: Math.random,
  };
}

function openRedis(
  target: RedisTarget,
  { memoryMaxBytes = MEMORY_MAX_BYTES, logger = silentLogger() }: CacheOptions,
  {
    settings,
    environment,
  }: { readonly settings: Settings; readonly environment: CacheEnvironment },
): ValueStore {
  const workLimitMs = environment.commandTimeoutMs ?? WORK_LIMIT_MS;
  const { budgetMs } = settings;
  return openRedisStore({ target, budgetMs, workLimitMs, memoryMaxBytes, logger });
}

function targetOf(redis: CacheOptions["redis"]): RedisTarget | undefined {
  if (typeof redis !== "string") return redis === false ? undefined : redis;
  const target = parseRedisUrl(redis);
  // The text may hold a password.
  if (target === undefined) throw new TypeError("`redis` is no URL of a Redis.");
  return target;
}

function silentLogger(): Logger {
  return createLogger({ level: "silent", pretty: false, destination: { write: () => {} } });
}
