/** Checked settings → the form that everything else reads: words become numbers, URLs their parts. */
import { join, resolve } from "node:path";
import { parseHostAndPort, parseRedisUrl } from "./addresses.ts";
import { compileBudget } from "./compile-budget.ts";
import { compileControl } from "./compile-control.ts";
import { compileEgress } from "./compile-egress.ts";
import { compileGitHub } from "./compile-github.ts";
import { compileItems } from "./compile-items.ts";
import { compileReap } from "./compile-reap.ts";
import { compileReport } from "./compile-report.ts";
import { compileRoute } from "./compile-route.ts";
import { compileSite } from "./compile-site.ts";
import { bytes, milliseconds } from "./compile-words.ts";
import { compileWorker } from "./compile-worker.ts";
import type { Config, RedisTarget } from "./config.ts";
import type { Settings } from "./schema.ts";
import type { RedisSettings } from "./schema-redis.ts";
import { parseSecretKeys } from "./secret-keys.ts";

export function compile(settings: Settings, cwd: string): Config {
  const { listen, redis, refresh } = settings;
  const queue = redis.url === undefined ? undefined : redisTarget(redis.url);
  const cache = redis.cache_url === undefined ? queue : redisTarget(redis.cache_url);
  const pages = settings.reap.pages.redis;
  const reap = compileReap(settings.reap, pages === undefined ? undefined : redisTarget(pages));
  const { site: words, github, public_url: publicUrl } = settings;
  const site = compileSite(words, github, publicUrl, listen.port);
  const dataDir = resolve(cwd, settings.data_dir);
  const folder = resolve(cwd, settings.cache_dir ?? join(dataDir, "items"));
  const items = compileItems(settings.items, settings.auth, folder);
  return {
    listen,
    control: compileControl(settings.control),
    dataDir,
    secretKeys: parseSecretKeys(settings.secret_key ?? "") ?? [],
    redis: { ...(queue && { queue }), ...(cache && { cache }) },
    cacheMaxMemory: bytes(settings.cache.max_memory),
    memoryMaxBytes: bytes(settings.memory.max_size),
    storeBudgetMs: milliseconds(settings.store_budget),
    log: settings.log,
    refresh: {
      concurrency: refresh.concurrency,
      attempts: refresh.attempts,
      backoffMs: milliseconds(refresh.backoff),
      inProcess: refresh.in_process,
    },
    github: compileGitHub(github),
    report: compileReport(settings.report),
    jobs: {
      watchers: settings.jobs.watchers,
      watchersPerClient: settings.jobs.watchers_per_client,
      longestWaitMs: milliseconds(settings.jobs.longest_wait),
    },
    worker: compileWorker(settings.worker),
    budget: compileBudget(settings.budget),
    egress: compileEgress(settings.egress),
    ...(reap && { reap }),
    ...(site && { site }),
    ...(items && { items }),
    drainMs: milliseconds(settings.drain),
    routes: settings.routes.map(compileRoute),
  };
}

function redisTarget(settings: RedisSettings): RedisTarget {
  if (typeof settings === "string") return parseRedisUrl(settings) as RedisTarget;
  const { username, password, tls } = settings;
  const login = {
    tls,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
  if ("nodes" in settings) return { kind: "cluster", nodes: addresses(settings.nodes), ...login };
  const { sentinels, name, db, sentinel_password: sentinelPassword } = settings;
  return {
    kind: "sentinel",
    sentinels: addresses(sentinels),
    name,
    db,
    ...login,
    ...(sentinelPassword !== undefined && { sentinelPassword }),
  };
}

function addresses(texts: readonly string[]) {
  return texts.map((text) => parseHostAndPort(text) as { host: string; port: number });
}
