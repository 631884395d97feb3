/** What GitHub told, in a value cache of its own over the cache role. */
import { createGitHubStore, type GitHubStore } from "./github/store.ts";
import type { Start } from "./process.ts";
import type { StoreTargets } from "./stores.ts";
import { createCache } from "./values/create.ts";

const MEMORY_MAX_BYTES = 16 * 2 ** 20;
/** Nobody waits in front of a page for it. */
const STORE_BUDGET = "500ms";

/** Closed with the process. */
export function openGitHubStore(
  { scope, logger }: Pick<Start, "scope" | "logger">,
  { cache: redis }: StoreTargets,
): GitHubStore {
  const cache = createCache({
    ...{ redis, namespace: "github", storeBudget: STORE_BUDGET, memoryMaxBytes: MEMORY_MAX_BYTES },
    logger: logger.child({ part: "github" }),
    env: {},
  });
  scope.onClose("what GitHub told", () => cache.close());
  return createGitHubStore(cache);
}
