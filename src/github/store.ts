/** What GitHub told, kept for a while so that it is not asked again. Best effort: what cannot be read or written is asked anew. */

/** Neither rejects. */
export interface GitHubStore {
  get(name: string): Promise<unknown>;
  set(name: string, value: unknown, ttlMs: number): Promise<void>;
}

/** What is needed of a value cache. */
interface Values {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, options: { readonly ttl: number }): Promise<boolean>;
}

/** `values`: silent while its store is away. */
export function createGitHubStore(values: Values): GitHubStore {
  return {
    get: (name) => values.get(name),
    async set(name, value, ttlMs) {
      // A value that is too large is not kept.
      await values.set(name, value, { ttl: ttlMs / 1_000 }).catch(() => false);
    },
  };
}
