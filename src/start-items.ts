/** The items of a process: one for web and worker when both are in it. */
import type { RequestHandler } from "express";
import type { ItemClient, ItemsSettings } from "./config/items.ts";
import { messageOf } from "./errors.ts";
import { createItemRefreshing } from "./http/item-refreshing.ts";
import { createItemsMount } from "./http/items.ts";
import { createThrottle } from "./http/throttle.ts";
import { openDiskCopies } from "./items/disk.ts";
import { openDurableCopies } from "./items/durable.ts";
import { createItems, type Items } from "./items/items.ts";
import { createItemStore } from "./items/store.ts";
import { openSealer } from "./open-sealer.ts";
import type { Start } from "./process.ts";
import type { RefreshQueue } from "./queues/refresh.ts";
import { connectForRequests, whenReady } from "./redis/connect.ts";
import { createGuard } from "./sources/guard.ts";
import type { Flights } from "./store/flight.ts";
import type { StoreTargets } from "./stores.ts";

export interface OpenedItems {
  readonly items: Items;
  readonly clients: () => readonly ItemClient[];
}

/** Longest that an answer waits for one command about a copy. */
const COPY_BUDGET_MS = 500;
const READY_MS = 2_000;

const opened = new WeakMap<Start, Promise<OpenedItems>>();

/** Undefined when none are configured. Rejects with a `SetupError`. Further calls for one process give the same. */
export function openItems(
  start: Start,
  targets: StoreTargets,
  flights: Flights,
): Promise<OpenedItems> | undefined {
  const { items: settings } = start.config;
  if (settings === undefined) return undefined;
  const known = opened.get(start) ?? open(start, targets, settings, flights);
  opened.set(start, known);
  return known;
}

async function open(
  start: Start,
  targets: StoreTargets,
  settings: ItemsSettings,
  flights: Flights,
): Promise<OpenedItems> {
  const { config, scope } = start;
  const logger = start.logger.child({ part: "items" });
  for (const warning of settings.warnings) logger.warn(warning);
  const sealer = openSealer(config, "items");
  const disk = openDiskCopies(settings.folder);
  const client = connectForRequests(targets.queue, {
    ...{ role: "queue", budgetMs: COPY_BUDGET_MS, logger },
  });
  await whenReady(client, READY_MS);
  const durable = openDurableCopies(client, COPY_BUDGET_MS);
  const store = createItemStore({ durable, disk, sealer, logger });
  const guard = createGuard(config.egress);
  const items = createItems(settings.items, { store, guard, flights, now: Date.now, logger });
  scope.onClose("items", async () => {
    await items.close();
    durable.close();
  });
  let { clients } = settings;
  onHangUp(start, async () => {
    const { items: wanted } = await start.reload();
    items.replace(wanted?.items ?? []);
    clients = wanted?.clients ?? [];
    for (const warning of wanted?.warnings ?? []) logger.warn(warning);
    logger.info({ items: items.facts().length, clients: clients.length }, "Items read again");
  });
  return { items, clients: () => clients };
}

/** Reads the settings again for SIGHUP, one time after the other; those that are not valid change nothing. */
function onHangUp({ scope, logger }: Start, reload: () => Promise<void>): void {
  let last = Promise.resolve();
  const listener = () => {
    last = last.then(reload).catch((error: unknown) => {
      logger.warn(
        { reason: messageOf(error) },
        "The new settings are not valid; the old ones stay",
      );
    });
  };
  process.on("SIGHUP", listener);
  scope.onClose("reading settings again", () => process.off("SIGHUP", listener));
}

/** What answers the paths of items. */
export function mountItems({ items, clients }: OpenedItems, queue: RefreshQueue): RequestHandler {
  const now = Date.now;
  const refreshBehind = createItemRefreshing({ items, queue, now });
  return createItemsMount({ items, clients, now, refreshBehind, throttle: createThrottle() });
}
