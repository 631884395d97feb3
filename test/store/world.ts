import { Redis } from "ioredis";
import type { RedisTarget } from "../../src/config/config.ts";
import { createLogger, type Logger } from "../../src/logger.ts";
import { entryKey, KEY_PREFIX } from "../../src/redis/keys.ts";
import { connectStore, type StoreRedis } from "../../src/redis/store-redis.ts";
import { createFlights, type Flights } from "../../src/store/flight.ts";
import { type Codec, createTieredStore, type TieredStore } from "../../src/store/tiered.ts";
import { createTracking, type Tracking } from "../../src/store/tracking.ts";

export const silent: Logger = createLogger({
  level: "silent",
  pretty: false,
  destination: { write: () => {} },
});

/** A logger whose lines are kept, parsed. */
export function recordingLogger() {
  const lines: { level: string; msg: string; [field: string]: unknown }[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { lines, logger: createLogger({ level: "debug", pretty: false, destination }) };
}

/** Takes any text and checks nothing: what comes back wrong was let through by the store. */
const textCodec: Codec<string> = {
  encode: (text) => Buffer.from(text, "latin1"),
  decode: (blob) => blob.toString("latin1"),
  sizeOf: (text) => text.length,
};

export interface World extends Disposable {
  readonly redis: StoreRedis;
  readonly tracking: Tracking;
  readonly store: TieredStore<string>;
  readonly flights: Flights;
}

export interface WorldOptions {
  /** A patient default, so that a busy machine does not fail tests that are not about time. */
  readonly budgetMs?: number;
  readonly memoryMaxBytes?: number;
  readonly lifeMs?: number;
  readonly logger?: Logger;
  readonly codec?: Codec<string>;
  readonly now?: () => number;
  /** Wait until memory is trusted; true when absent. */
  readonly tracked?: boolean;
}

/** What one process has: connections, store and flights, ready to use. */
export async function openWorld(
  at: RedisTarget | { readonly socket: string } | { readonly url: string },
  options: WorldOptions = {},
): Promise<World> {
  const { logger = silent, codec = textCodec, memoryMaxBytes = 16_000_000 } = options;
  const target = targetOf(at);
  const redis = connectStore(target, { budgetMs: options.budgetMs ?? 5_000, logger });
  const tracking = createTracking({ target, logger });
  const store = createTieredStore({ redis, tracking, codec, memoryMaxBytes, logger });
  const { lifeMs = 5_000, now = Date.now } = options;
  const flights = createFlights({ redis, tracking, lifeMs, now });
  const close = () => {
    flights.close();
    store.close();
    tracking.close();
    redis.close();
  };
  await redis.ready(10_000);
  if (options.tracked !== false) await until(() => tracking.tracked);
  return { redis, tracking, store, flights, [Symbol.dispose]: close };
}

function targetOf(at: object): RedisTarget {
  if ("kind" in at) return at as RedisTarget;
  if ("socket" in at) return { kind: "socket", path: (at as { socket: string }).socket };
  return { kind: "url", url: (at as { url: string }).url };
}

/** A plain client to look behind the store, with the blob under a key of the store. */
export function openPlain(at: { readonly socket: string } | { readonly url: string }) {
  const client = new Redis("socket" in at ? at.socket : at.url);
  return {
    client,
    blobOf: (key: string) => client.getBuffer(entryKey(key)),
    ourKeys: async () => (await client.keys(`${KEY_PREFIX}*`)).sort(),
    [Symbol.dispose]: () => client.disconnect(),
  };
}

/** Resolves as soon as the condition holds; fails the test when it does not within ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`Never came true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Resolves when every change until now has been announced to this world. */
export async function announced(world: World, redis: Redis): Promise<void> {
  const marker = entryKey(`marker ${Math.random()}`);
  const heard = new Promise<void>((resolve) => {
    const stop = world.tracking.listen({
      invalidated: (keys) => {
        if (!keys?.includes(marker)) return;
        stop();
        resolve();
      },
    });
  });
  await redis.set(marker, "");
  await heard;
  await redis.del(marker);
}

/** A fence as flights make them. */
export function fenceNow(): number {
  return Date.now() * 1_000;
}
