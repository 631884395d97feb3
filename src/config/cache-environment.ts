/**
 * The variables that the value cache understands, in all spellings that are in use. Two that contradict each other stop the start: either
 * could be the one that is meant.
 */
import { parseRedisUrl, urlHost } from "./addresses.ts";
import type { RedisTarget } from "./config.ts";
import { contradiction, variableOf, variablePlace } from "./environment.ts";
import { configurationError, type Fault } from "./faults.ts";
import { disagreements, hostVariables } from "./host-variables.ts";
import { toggle } from "./kinds.ts";
import type { Environment } from "./references.ts";

/** What the environment says; what it does not say is absent. Times in milliseconds. */
export interface CacheEnvironment {
  readonly redis?: RedisTarget;
  readonly enabled?: boolean;
  readonly failSilently?: boolean;
  readonly defaultTtlMs?: number;
  readonly persistentTtlMs?: number;
  readonly commandTimeoutMs?: number;
}

/** Throws one `SetupError` that tells all faults. With `redis: false` nothing is said, or asked, about a Redis. */
export function readCacheEnvironment(
  env: Environment = process.env,
  { redis = true } = {},
): CacheEnvironment {
  const reader = new Reader(env);
  const found = {
    redis: redis ? reader.redis() : undefined,
    enabled: reader.flag("CACHE_ENABLED"),
    failSilently: reader.flag("CACHE_FAIL_SILENTLY"),
    defaultTtlMs: reader.seconds(["CACHE_TTL_DEFAULT", "CACHE_DEFAULT_TTL"]),
    persistentTtlMs: reader.seconds(["CACHE_PERSISTENT_TTL"]),
    commandTimeoutMs: reader.seconds(["REDIS_SOCKET_TIMEOUT"]),
  };
  // One connection carries all commands, so a size of the pool is checked and otherwise without effect.
  reader.positive("REDIS_POOL_SIZE");
  if (reader.faults.length > 0) throw configurationError(reader.faults);
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

class Reader {
  readonly faults: Fault[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  flag(name: string): boolean | undefined {
    const text = variableOf(this.#env, name);
    if (text === undefined) return undefined;
    const parsed = toggle().safeParse(text);
    if (!parsed.success) this.#fault(name, parsed.error.issues[0]?.message ?? "is no switch");
    return parsed.data;
  }

  /** Seconds, as milliseconds. */
  seconds(names: readonly string[]): number | undefined {
    const given = names.flatMap((name) => {
      const value = this.positive(name);
      return value === undefined ? [] : [{ name, value }];
    });
    const [first, second] = given;
    if (first !== undefined && second !== undefined && first.value !== second.value)
      this.faults.push(contradiction(first.name, second.name));
    return first === undefined ? undefined : first.value * 1_000;
  }

  positive(name: string): number | undefined {
    const text = variableOf(this.#env, name);
    if (text === undefined) return undefined;
    const value = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
    if (value <= 0) this.#fault(name, "must be a number above 0");
    return value;
  }

  /** `CACHE_REDIS_…` is the cache's own; without it the cache is where everything is. */
  redis(): RedisTarget | undefined {
    return this.#server("CACHE_REDIS") ?? this.#server("REDIS");
  }

  #server(prefix: string): RedisTarget | undefined {
    const parts = hostVariables(this.#env, prefix);
    this.faults.push(...parts.faults);
    const name = `${prefix}_URL`;
    const text = variableOf(this.#env, name);
    if (parts.faults.length > 0) return undefined;
    if (text === undefined) {
      if (parts.host === undefined && parts.port === undefined) return this.#withoutServer(prefix);
      const url = new URL(`redis://${urlHost(parts.host ?? "127.0.0.1")}:${parts.port ?? 6379}`);
      return this.#complete(prefix, url);
    }
    const target = parseRedisUrl(text);
    if (target === undefined) {
      this.#fault(
        name,
        "must be a URL such as redis://127.0.0.1:6379/0, rediss://… or unix:/run/redis.sock",
      );
      return undefined;
    }
    const url = target.kind === "url" ? new URL(target.url) : undefined;
    this.faults.push(...disagreements(parts, url, { givenBy: name, standardPort: 6379 }));
    return url === undefined ? target : this.#complete(prefix, url);
  }

  /** Number of the database and password, from the URL or from variables of their own. */
  #complete(prefix: string, url: URL): RedisTarget {
    const db = variableOf(this.#env, `${prefix}_DB`);
    const password = variableOf(this.#env, `${prefix}_PASSWORD`);
    const inUrl = url.pathname.slice(1);
    if (db !== undefined && !/^\d{1,6}$/.test(db))
      this.#fault(`${prefix}_DB`, "must be a whole number from 0 up");
    else if (db !== undefined && inUrl !== "" && Number(inUrl) !== Number(db))
      this.faults.push(contradiction(`${prefix}_DB`, `${prefix}_URL`));
    if (
      password !== undefined &&
      url.password !== "" &&
      decodeURIComponent(url.password) !== password
    )
      this.faults.push(contradiction(`${prefix}_PASSWORD`, `${prefix}_URL`));
    if (db !== undefined) url.pathname = `/${db}`;
    if (password !== undefined) url.password = encodeURIComponent(password);
    return { kind: "url", url: url.href };
  }

  #withoutServer(prefix: string): undefined {
    for (const part of ["DB", "PASSWORD"]) {
      const name = `${prefix}_${part}`;
      if (variableOf(this.#env, name) !== undefined)
        this.#fault(name, `needs ${prefix}_HOST or ${prefix}_URL beside it`);
    }
    return undefined;
  }

  #fault(name: string, message: string): void {
    this.faults.push({ place: variablePlace(name), path: [], message });
  }
}
