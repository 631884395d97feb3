/** What happens behind a stale answer: a refresh job, or a refresh in this process when the queue cannot be reached or may not know the credential. */
import type { Logger } from "pino";
import type { CacheEntry } from "../cache/entry.ts";
import { type RefreshTools, refresh } from "../cache/refresh.ts";
import { messageOf } from "../errors.ts";
import type { RefreshQueue } from "../queues/refresh.ts";
import { reference } from "../store/tiered.ts";
import type { BackOff } from "./back-off.ts";
import type { Asked } from "./request.ts";

export interface RefreshingOptions {
  readonly queue: RefreshQueue;
  readonly tools: RefreshTools;
  readonly backOff: BackOff;
  /** Refreshes that this process runs itself at a time; more are left for the next stale answer. */
  readonly inProcess: number;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
}

/** Returns the function that a stale answer calls: it returns at once and never throws. */
export function createRefreshing(
  options: RefreshingOptions,
): (asked: Asked, entry: CacheEntry, key: string) => void {
  const { queue, logger } = options;
  const here = createInProcess(options);
  return (asked, entry, key) => {
    const { route } = asked.served;
    if (asked.partition !== "") return here(asked, entry, key);
    queue.enqueue({ route: route.id, key: reference(key) }).catch((error: unknown) => {
      logger.warn(
        { route: route.id, reason: messageOf(error) },
        "The queue is away; refreshing in this process",
      );
      here(asked, entry, key);
    });
  };
}

function createInProcess(
  options: RefreshingOptions,
): (asked: Asked, entry: CacheEntry, key: string) => void {
  const { tools, backOff, inProcess, logger, stopping } = options;
  const running = new Set<string>();
  return (asked, entry, key) => {
    if (running.size >= inProcess || running.has(key) || stopping.aborted) return;
    if (backOff.restOf(key, tools.now()) !== undefined) return;
    running.add(key);
    const { route, source, keyed } = asked.served;
    const { primary, forwarded } = asked;
    const fields = forwarded.fields;
    refresh(tools, { route, source, keyed, primary, fields, entry, signal: stopping })
      .then((refreshed) => {
        if (refreshed.outcome === "retry")
          backOff.held(key, { kind: "unreachable" }, tools.now(), refreshed.at);
        else backOff.succeeded(key);
        logger.info({ route: route.id, ...refreshed }, "Refreshed in this process");
      })
      .catch((error: unknown) => {
        backOff.failed(key, { kind: "unreachable" }, tools.now());
        logger.warn({ route: route.id, reason: messageOf(error) }, "A refresh failed");
      })
      .finally(() => running.delete(key));
  };
}
