/** What happens behind a stale item: a refresh job, or a refresh in this process when the queue is away or nobody works at it. */
import type { Instant } from "../fields.ts";
import type { Items } from "../items/items.ts";
import type { RefreshQueue } from "../queues/refresh.ts";

export interface ItemRefreshingOptions {
  readonly items: Pick<Items, "refresh">;
  readonly queue: RefreshQueue;
  readonly now: () => Instant;
}

/** Longest that a job is waited for before this process asks the source itself. */
const PATIENCE_MS = 60_000;

/** Takes the path of an item and when its value was good. Returns at once and never throws. */
export type RefreshBehind = (path: string, goodAt: Instant) => void;

export function createItemRefreshing({ items, queue, now }: ItemRefreshingOptions): RefreshBehind {
  /** By path: the value that was to be refreshed, and since when. At most one for each item. */
  const waiting = new Map<string, { readonly goodAt: Instant; readonly since: Instant }>();
  return (path, goodAt) => {
    const known = waiting.get(path);
    const since = known?.goodAt === goodAt ? known.since : now();
    waiting.set(path, { goodAt, since });
    const refreshing =
      now() - since < PATIENCE_MS
        ? queue.enqueue({ item: path }).catch(() => items.refresh(path))
        : items.refresh(path);
    // An item tells of its failures itself.
    refreshing.catch(() => undefined);
  };
}
