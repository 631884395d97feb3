/** `warmfront/cache`: the value cache for application code. */
export type { RedisTarget } from "../config/config.ts";
export { SetupError } from "../errors.ts";
export type { StoreHealth } from "../redis/health.ts";
export type { CacheStats, ValueCache } from "./cache.ts";
export { type CacheOptions, type Caches, createCache } from "./create.ts";
export { CacheConnectionError, CacheTimeoutError, UnstorableError } from "./errors.ts";
export type { CacheCounters, CacheEvents } from "./events.ts";
export { escapePattern } from "./glob.ts";
export type { Adapted } from "./keep.ts";
export { keyBy } from "./key.ts";
export type { Lookup } from "./keyed-values.ts";
export type { Duration, Lifetimes } from "./lifetimes.ts";
export type { LoadContext } from "./load.ts";
export type { LoadOptions, ReadOptions, SetOptions, WarmResult, WarmTask } from "./options.ts";
export type { StandardSchema } from "./standard-schema.ts";
export type { Decorator, Invalidates, KeyParts, WrapOptions, Wrapped } from "./wrap.ts";
