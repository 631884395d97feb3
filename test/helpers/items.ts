/** Items over a real Redis, a folder and an origin, behind the mount that answers them. */
import { hash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import express from "express";
import { expect, vi } from "vitest";
import type { ItemClient, ItemSettings } from "../../src/config/items.ts";
import { createItemsMount } from "../../src/http/items.ts";
import { createThrottle } from "../../src/http/throttle.ts";
import { openDiskCopies } from "../../src/items/disk.ts";
import { openDurableCopies } from "../../src/items/durable.ts";
import { createItems } from "../../src/items/items.ts";
import { createItemStore } from "../../src/items/store.ts";
import { createLogger, type Logger } from "../../src/logger.ts";
import { connectForRequests, whenReady } from "../../src/redis/connect.ts";
import { connectStore } from "../../src/redis/store-redis.ts";
import { createGuard } from "../../src/sources/guard.ts";
import { createFlights } from "../../src/store/flight.ts";
import { createSealer } from "../../src/store/seal.ts";
import { createTracking } from "../../src/store/tracking.ts";
import { type AskOptions, ask } from "./front.ts";
import { type Origin, startOrigin } from "./origin.ts";
import { listenLocally } from "./ports.ts";
import { sharedRedis } from "./redis.ts";

export const KEY = Buffer.alloc(32, 1);

/** The client whose token is `token`, and who may read everything. */
export const CLIENT: ItemClient = {
  name: "app",
  tokens: [{ digest: hash("sha256", "token", "buffer") }],
  urls: ["*"],
  paths: [],
};

/** An item of a test: `/a`, public, the whole document, fresh for a minute. */
export function testItem(url: string, more: Partial<ItemSettings> = {}): ItemSettings {
  return {
    path: "/a",
    source: { module: "JsonHttp", url },
    expect: "value",
    mode: "fresh",
    freshForMs: 60_000,
    softTimeoutMs: 5_000,
    timeoutMs: 5_000,
    maxBody: 100_000,
    isPublic: true,
    compat: false,
    ...more,
  };
}

interface World {
  readonly origin: Origin;
  readonly folder: string;
  readonly redisUrl: string;
}

/** What stays when a process stops. */
export async function itemsWorld({ redisUrl }: { readonly redisUrl?: string } = {}) {
  const origin = await startOrigin();
  origin.answers('{"v":1}');
  const folder = await mkdtemp(join(tmpdir(), "warmfront-items-"));
  return {
    origin,
    folder,
    redisUrl: redisUrl ?? (await sharedRedis()).url,
    async [Symbol.asyncDispose]() {
      await origin.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Options {
  readonly items?: readonly ItemSettings[];
  /** Of the one item `/a` that there is without `items`. */
  readonly item?: Partial<ItemSettings>;
  readonly clients?: readonly ItemClient[];
  readonly keys?: readonly Buffer[];
  /** Shortens the wait for a Redis that is not there. */
  readonly readyMs?: number;
  /** What happens elsewhere before a value that nobody has is asked for. */
  readonly beforeFlight?: () => Promise<void>;
}

/** One process that serves items. Refreshes behind answers run in it. */
export async function serveItems(world: World, options: Options = {}) {
  const { clients = [CLIENT], keys = [KEY], readyMs = 5_000 } = options;
  const { items: settings = [testItem(world.origin.url, options.item)] } = options;
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const logger = createLogger({ level: "info", pretty: false, destination });
  const client = connectForRequests(
    { kind: "url", url: world.redisUrl },
    { role: "queue", budgetMs: 2_000, logger },
  );
  await whenReady(client, readyMs);
  const durable = openDurableCopies(client, 2_000);
  const disk = openDiskCopies(world.folder);
  const { flights, closeFlights } = await openFlights(world.redisUrl, logger, readyMs);
  const store = createItemStore({ durable, disk, sealer: createSealer(keys), logger });
  let offset = 0;
  let stoppedAt: number | undefined;
  const now = () => (stoppedAt ?? Date.now()) + offset;
  let landed: Promise<void> | undefined;
  const begin: typeof flights.begin = async (key) => {
    await options.beforeFlight?.();
    const flight = await flights.begin(key);
    if (flight.role !== "lead") return flight;
    const end: typeof flight.end = (outcome) => {
      landed = flight.end(outcome);
      return landed;
    };
    return { ...flight, end };
  };
  const guard = createGuard();
  const items = createItems(settings, {
    store,
    guard,
    flights: { ...flights, begin },
    now,
    logger,
  });
  let behind: Promise<unknown> = Promise.resolve();
  const app = express();
  const refreshBehind = (path: string) => {
    behind = items.refresh(path).catch(() => undefined);
  };
  app.use(
    createItemsMount({
      ...{ items, clients: () => clients, throttle: createThrottle(), now, refreshBehind },
    }),
  );
  const server = createServer(app);
  const port = await listenLocally(server);
  return {
    items,
    lines,
    /** What came of the questions about the first item. */
    counts: () => items.facts()[0]?.counts,
    store,
    client,
    ask: (path = "/a", more?: AskOptions) => ask(port, path, more),
    /** Lets time pass by `advance` alone. */
    stopClock: () => {
      stoppedAt = Date.now();
    },
    advance: (ms: number) => {
      offset += ms;
    },
    /** Resolves when the others can see that the last question of this process about a value that nobody had is over. */
    landed: async () => {
      await vi.waitFor(() => expect(landed).toBeDefined());
      await landed;
    },
    /** Resolves when the refresh behind the last answer is over. */
    refreshed: () => behind,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await items.close();
      durable.close();
      closeFlights();
    },
  };
}

async function openFlights(url: string, logger: Logger, readyMs: number) {
  const target = { kind: "url", url } as const;
  const redis = connectStore(target, { budgetMs: 2_000, logger });
  await redis.ready(readyMs);
  const tracking = createTracking({ target, logger });
  const flights = createFlights({ redis, tracking, lifeMs: 5_000, now: Date.now });
  const closeFlights = () => {
    flights.close();
    tracking.close();
    redis.close();
  };
  return { flights, closeFlights };
}
