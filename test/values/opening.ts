import { type CacheOptions, type Caches, createCache } from "../../src/values/index.ts";

let opened = 0;

export type TestCache = Caches & AsyncDisposable;

/** A cache in a namespace of its own, patient with a busy machine, closed at the end of its block. */
export function openCache(options: CacheOptions = {}): TestCache {
  const namespace = `test-${process.pid}-${opened++}`;
  const cache = createCache({ redis: false, namespace, storeBudget: 5, env: {}, ...options });
  return Object.assign(cache, { [Symbol.asyncDispose]: () => cache.close() });
}
