import type { RedisTarget } from "../config/config.ts";
import type { Logger } from "../logger.ts";

export interface TrackingListener {
  /** Keys of Redis that changed, or null when all did. */
  invalidated?(keys: readonly string[] | null): void;
  /** Whether every change is announced from now on. */
  changed?(tracked: boolean): void;
}

/** Redis's own announcements of changed keys (client-side caching), on a connection of their own. */
export interface Tracking {
  /** False from the moment a message might have been missed. */
  readonly tracked: boolean;
  listen(listener: TrackingListener): () => void;
  close(): void;
}

export interface TrackingOptions {
  readonly target: RedisTarget;
  readonly logger: Logger;
}

export declare function createTracking(options: TrackingOptions): Tracking;
