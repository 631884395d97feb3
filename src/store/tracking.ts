/** Redis's own announcements of changed keys (client-side caching), on one connection of their own. */
import { type Redis, ReplyError } from "ioredis";
import type { RedisTarget } from "../config/config.ts";
import type { Logger } from "../logger.ts";
import { withinBudget } from "../redis/away.ts";
import { connectForTracking } from "../redis/connect.ts";
import { ENTRY_PREFIX, FLIGHT_PREFIX } from "../redis/keys.ts";

interface TrackingListener {
  /** Keys of Redis that changed, or null when all did. */
  invalidated?(keys: readonly string[] | null): void;
  /** Whether every change is announced from now on. */
  changed?(tracked: boolean): void;
}

export interface Tracking {
  /** False from the moment that an announcement might have been missed. */
  readonly tracked: boolean;
  /** Returns the way to stop listening. */
  listen(listener: TrackingListener): () => void;
  /** Begins anew on a new connection, because the server may be another one. */
  restart(): void;
  close(): void;
}

interface TrackingOptions {
  readonly target: RedisTarget;
  /** What the keys start with whose changes are followed; those of entries and flight locks when absent. */
  readonly prefixes?: readonly string[];
  readonly logger: Logger;
}

/**
 * Follows the changes of keys. In a Cluster nothing is followed: the memory tier stays off and flights are polled,
 * since one node that is cut off would be enough to serve what another process has replaced.
 */
export function createTracking({
  target,
  prefixes = [ENTRY_PREFIX, FLIGHT_PREFIX],
  logger,
}: TrackingOptions): Tracking {
  if (target.kind !== "cluster") return new ConnectionTracking(target, prefixes, logger);
  logger.info("The cache store is a Cluster: the memory tier is off.");
  return { tracked: false, listen: () => () => {}, restart: () => {}, close: () => {} };
}

const CHANNEL = "__redis__:invalidate";
/** Two of these at most pass before a connection that is open on our side alone is found out. */
const PING_EVERY_MS = 500;
/** Pause before asking again a server that refuses to track. */
const REFUSED_PAUSE_MS = 30_000;

class ConnectionTracking implements Tracking {
  tracked = false;
  readonly #client: Redis;
  readonly #prefixes: readonly string[];
  readonly #logger: Logger;
  readonly #listeners = new Set<TrackingListener>();
  readonly #pings: NodeJS.Timeout;
  #pinging = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(
    target: Exclude<RedisTarget, { kind: "cluster" }>,
    prefixes: readonly string[],
    logger: Logger,
  ) {
    this.#prefixes = prefixes;
    this.#logger = logger;
    this.#client = connectForTracking(target, logger);
    this.#client.on("ready", () => void this.#start());
    this.#client.on("close", () => this.#become(false));
    this.#client.on("messageBuffer", (_channel: Buffer, keys: unknown) => this.#announce(keys));
    this.#pings = setInterval(() => void this.#ping(), PING_EVERY_MS);
    this.#pings.unref();
  }

  listen(listener: TrackingListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  restart(): void {
    this.#become(false);
    if (this.#client.status === "ready") this.#client.disconnect(true);
  }

  close(): void {
    clearInterval(this.#pings);
    clearTimeout(this.#retry);
    this.#listeners.clear();
    this.#client.disconnect();
  }

  async #start(): Promise<void> {
    const client = this.#client;
    const { stream } = client;
    try {
      const id = await client.client("ID");
      const prefixes = this.#prefixes.flatMap((prefix) => ["PREFIX", prefix]);
      await client.call("CLIENT", "TRACKING", "ON", "REDIRECT", String(id), "BCAST", ...prefixes);
      await client.subscribe(CHANNEL);
    } catch (failure) {
      this.#refused(failure);
      return;
    }
    if (client.stream === stream && client.status === "ready") this.#become(true);
  }

  /** A lost connection comes back by itself; a server that says no is asked again later. */
  #refused(failure: unknown): void {
    if (!(failure instanceof ReplyError)) return;
    this.#logger.warn(
      { err: failure },
      "The cache store does not announce changes (CLIENT TRACKING): the memory tier is off.",
    );
    this.#retry = setTimeout(() => this.restart(), REFUSED_PAUSE_MS);
    this.#retry.unref();
  }

  async #ping(): Promise<void> {
    if (!this.tracked || this.#pinging) return;
    this.#pinging = true;
    try {
      await withinBudget(this.#client.ping(), PING_EVERY_MS);
    } catch {
      this.restart();
    } finally {
      this.#pinging = false;
    }
  }

  #announce(keys: unknown): void {
    const names = Array.isArray(keys) ? keys.map((key: Buffer) => key.toString("utf8")) : null;
    for (const listener of this.#listeners) listener.invalidated?.(names);
  }

  #become(tracked: boolean): void {
    if (this.tracked === tracked) return;
    this.tracked = tracked;
    for (const listener of this.#listeners) listener.changed?.(tracked);
  }
}
