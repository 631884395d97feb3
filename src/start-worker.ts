/** The parts of a worker process: the cache, and a worker for each queue. */
import { createAskFor } from "./http/ask-for.ts";
import type { Start } from "./process.ts";
import { connectForWorkers } from "./redis/connect.ts";
import { openItems } from "./start-items.ts";
import { startKeeping } from "./start-kept.ts";
import { startReaping } from "./start-reaping.ts";
import { startReporting } from "./start-reports.ts";
import { startSchedules } from "./start-schedules.ts";
import type { CacheParts, StoreTargets } from "./stores.ts";
import { createRefreshWorker } from "./workers/refresh.ts";
import { createRefreshEntry } from "./workers/refresh-entry.ts";
import { createRefreshItem } from "./workers/refresh-item.ts";
import { createWarm } from "./workers/warm.ts";

export async function startWorker(
  start: Start,
  targets: StoreTargets,
  cache: CacheParts,
): Promise<void> {
  const { config, logger, scope } = start;
  const connection = connectForWorkers(targets.queue, { role: "queue", logger });
  scope.onClose("queue connection of the worker", () => connection.disconnect());
  const items = await openItems(start, targets, cache.tools.flights);
  const { keep, tell } = startKeeping(start, targets.queue);
  const refresh = createRefreshEntry(
    cache.tools,
    new Map(cache.routes.map((served) => [served.route.id, served])),
  );
  keep("refresh", (own) =>
    createRefreshWorker({
      connection: own,
      concurrency: config.refresh.concurrency,
      refresh,
      warm: createWarm(cache.tools, createAskFor(cache.routes)),
      ...(items && { refreshItem: createRefreshItem(items.items) }),
      logger: logger.child({ part: "worker" }),
    }),
  );
  startReporting(start, targets, cache, connection, keep);
  if (config.reap !== undefined) startReaping(start, config.reap, cache.budgets, keep);
  startSchedules(start, connection);
  await tell();
  const queues = ["refresh", "report", ...(config.reap === undefined ? [] : ["reap"])];
  logger.info({ queues, concurrency: config.refresh.concurrency }, "Worker started");
}
