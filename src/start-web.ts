/** The parts of a web process: the data plane and the control plane over the cache and the queue. */
import { type BackOff, createBackOff } from "./http/back-off.ts";
import { createCacheHealthMount } from "./http/cache-health.ts";
import { type ControlPart, createControlApp } from "./http/control/app.ts";
import { createItemsPart } from "./http/control/items.ts";
import { listenControl } from "./http/control/listen.ts";
import { createMetricsPart } from "./http/control/metrics.ts";
import { createCacheParts } from "./http/control/parts.ts";
import { createRequestCounts, type RequestCounts } from "./http/counts.ts";
import { startDataPlane } from "./http/data-plane.ts";
import type { ItemFacts } from "./items/items.ts";
import type { Start } from "./process.ts";
import { openQueues } from "./queues/open.ts";
import { createRefreshQueue } from "./queues/refresh.ts";
import { connectForRequests, type RedisClient } from "./redis/connect.ts";
import { mountItems, openItems } from "./start-items.ts";
import { openJobs } from "./start-jobs.ts";
import { openSite } from "./start-site.ts";
import type { CacheParts, StoreTargets } from "./stores.ts";

/** Longest that one command about a job takes: an answer never waits for it, an operator does. */
const QUEUE_BUDGET_MS = 1_000;

export async function startWeb(
  start: Start,
  targets: StoreTargets,
  cache: CacheParts,
): Promise<void> {
  const { config, logger, scope } = start;
  const connection = connectForRequests(targets.queue, {
    role: "queue",
    budgetMs: QUEUE_BUDGET_MS,
    logger,
  });
  scope.onClose("queue connection of the web", () => connection.disconnect());
  const { attempts, backoffMs } = config.refresh;
  const queue = createRefreshQueue({ connection, logger, attempts, backoffMs });
  scope.onClose("refresh queue", () => queue.close());
  const jobs = openJobs(start, targets, connection);
  const site = openSite(start, connection, jobs);
  const backOff = createBackOff();
  const items = await openItems(start, targets, cache.tools.flights);
  const parts = items === undefined ? [] : [createItemsPart({ items: items.items, queue })];
  const counts = createRequestCounts();
  const itemFacts = items?.items.facts;
  const isItem = items && ((path: string) => items.items.settingsOf(path) !== undefined);
  const control = await startControl(start, cache, connection, {
    ...{ backOff, counts, itemFacts, isItem, parts },
  });
  const { tools, purges, routes, degraded } = cache;
  const dataPlane = await startDataPlane({
    ...{ config, routes, tools, purges, backOff, queue, degraded, counts, logger },
    mounts: [
      createCacheHealthMount(() => degraded() === undefined),
      jobs.mount,
      ...(items === undefined ? [] : [mountItems(items, queue)]),
      ...(site === undefined ? [] : [site.mount]),
    ],
    isMounted: eitherOf(isItem, site?.isOfSite),
  });
  scope.onClose("data plane", (cutOff) => dataPlane.close(cutOff));
  control.ready();
  logger.info(`Data plane: http://${config.listen.host}:${dataPlane.port}`);
}

type Matches = (path: string) => boolean;

/** Undefined when there are none, so that nobody asks. */
function eitherOf(...all: readonly (Matches | undefined)[]): Matches | undefined {
  const given = all.filter((each) => each !== undefined);
  return given.length === 0 ? undefined : (path) => given.some((matches) => matches(path));
}

interface ControlTools {
  readonly backOff: BackOff;
  readonly counts: RequestCounts;
  readonly itemFacts: (() => readonly ItemFacts[]) | undefined;
  readonly isItem: ((path: string) => boolean) | undefined;
  /** More parts of the control plane. */
  readonly parts: readonly ControlPart[];
}

function mapUp(stores: Readonly<Record<string, boolean>>) {
  return Object.fromEntries(
    Object.entries(stores).map(([name, up]) => [name, up ? ("up" as const) : ("down" as const)]),
  );
}

/** Listens for operators, also while the data plane starts and drains, so that both can be watched. */
async function startControl(
  { config, logger, scope }: Start,
  cache: CacheParts,
  connection: RedisClient,
  { backOff, counts, itemFacts, isItem, parts }: ControlTools,
): Promise<{ ready(): void }> {
  const { host, port, token, operators } = config.control;
  const queues = openQueues({ connection, logger });
  scope.onClose("queues of the board", () => queues.close());
  const storesUp = () => ({
    cache: cache.degraded() === undefined,
    queue: connection.status === "ready",
  });
  let started = false;
  const app = createControlApp({
    ...{ token, operators, queues },
    parts: [
      ...createCacheParts({ ...cache, isItem, backOff, queues, logger }),
      createMetricsPart({ ...cache, counts, queues, itemFacts, storesUp }),
      ...parts,
    ],
    logger,
    readiness: () => ({
      state: scope.signal.aborted ? "draining" : started ? "ready" : "starting",
      checks: mapUp(storesUp()),
    }),
  });
  const listener = await listenControl({ app, host, port, token, operators });
  scope.onClose("control plane", (cutOff) => listener.close(cutOff));
  logger.info(`Control plane: ${listener.url}`);
  return {
    ready: () => {
      started = true;
    },
  };
}
