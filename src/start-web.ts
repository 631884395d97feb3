/** The parts of a web process: the data plane and the control plane over the cache and the queue. */
import { startDataPlane } from "./http/data-plane.ts";
import type { Start } from "./process.ts";
import { createRefreshQueue } from "./queues/refresh.ts";
import { connectForRequests } from "./redis/connect.ts";
import { openCache, openRoutes, type StoreTargets } from "./stores.ts";

export async function startWeb(start: Start, targets: StoreTargets): Promise<void> {
  const { config, logger, scope } = start;
  const cache = openCache(start, targets);
  await cache.ready();
  const routes = openRoutes(start);
  const connection = connectForRequests(targets.queue, { role: "queue", budgetMs: 250, logger });
  scope.onClose("queue connection of the web", () => connection.disconnect());
  const queue = createRefreshQueue({
    connection,
    logger,
    attempts: config.refresh.attempts,
    backoffMs: config.refresh.backoffMs,
  });
  scope.onClose("refresh queue", () => queue.close());
  const dataPlane = await startDataPlane({
    config,
    routes,
    tools: cache.tools,
    queue,
    degraded: cache.degraded,
    logger,
  });
  scope.onClose("data plane", (signal) => dataPlane.close(signal));
  logger.info(`Data plane: http://${config.listen.host}:${dataPlane.port}`);
}
