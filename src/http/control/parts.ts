/** The parts of the control plane that work on the cache of this process. */
import type { PurgeLog } from "../../cache/purge/log.ts";
import type { RefreshTools } from "../../cache/refresh.ts";
import type { Logger } from "../../logger.ts";
import { findRefresh } from "../../queues/find-refresh.ts";
import type { OpenQueues } from "../../queues/open.ts";
import type { StoreHealth } from "../../redis/health.ts";
import type { Budgets } from "../../sources/budget.ts";
import type { StartOfValue } from "../../store/scan.ts";
import type { BackOff } from "../back-off.ts";
import { createRouteTable, type ServedRoute } from "../routes.ts";
import type { ControlPart } from "./app.ts";
import { createAuditPart } from "./audit.ts";
import { createCacheHealthPart } from "./cache-health.ts";
import { createExplainPart } from "./explain.ts";
import { createPurgePart } from "./purge.ts";
import { createRecorded } from "./recorded.ts";
import { createSchedulesPart } from "./schedules.ts";
import { createSourcesPart } from "./sources.ts";
import { createVersionsPart } from "./versions.ts";
import { createWorkersPart } from "./workers.ts";

export interface CachePartsOptions {
  readonly tools: RefreshTools;
  readonly purges: PurgeLog;
  /** Everything that is stored, a page at a time. */
  readonly scan: () => AsyncIterable<readonly StartOfValue[]>;
  readonly routes: readonly ServedRoute[];
  /** Whether a path is that of an item; absent when there are none. */
  readonly isItem?: ((path: string) => boolean) | undefined;
  readonly backOff: BackOff;
  readonly budgets: Budgets;
  readonly queues: OpenQueues;
  /** How the cache store is. */
  readonly health: () => Promise<StoreHealth>;
  readonly logger: Logger;
}

export function createCacheParts(options: CachePartsOptions): ControlPart[] {
  const { tools, purges, scan, routes, backOff, budgets, queues, logger } = options;
  const routeOf = createRouteTable(routes);
  const recorded = createRecorded(queues.connection, logger);
  return [
    createPurgePart({ tools, purges, scan, routes, routeOf, logger }),
    createExplainPart({
      ...tools,
      routeOf,
      isItem: options.isItem,
      backOff,
      budgets,
      findRefresh: (route, key) => findRefresh(queues, { route, key }),
    }),
    createSourcesPart(budgets, recorded),
    createCacheHealthPart(options.health),
    createVersionsPart({ tools, routeOf, purges, logger }),
    createAuditPart(purges, queues.connection),
    createSchedulesPart(queues, recorded),
    createWorkersPart(queues.connection),
  ];
}
