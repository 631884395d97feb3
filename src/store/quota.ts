/** How often somebody may do something within a while, counted for all processes together. */
import type { RedisClient } from "../redis/connect.ts";
import { quotaKey } from "../redis/keys.ts";

export interface Quota {
  /** Counts one more; resolves with 0, or with the seconds until the next one is allowed. */
  take(who: string): Promise<number>;
}

export interface QuotaOptions {
  /** What is counted, as part of a key. */
  readonly what: string;
  /** So many within each window, which begins with the first. */
  readonly most: number;
  readonly windowMs: number;
}

export function createQuota(client: RedisClient, { what, most, windowMs }: QuotaOptions): Quota {
  return {
    async take(who) {
      const key = quotaKey(what, who);
      // In one step: a count must not be left without the end of its window.
      const steps = client.multi().set(key, "0", "PX", windowMs, "NX").incr(key).pttl(key);
      const [, counted, left] = (await steps.exec()) ?? [];
      if (Number(counted?.[1] ?? 1) <= most) return 0;
      return Math.max(1, Math.ceil(Number(left?.[1] ?? windowMs) / 1_000));
    },
  };
}
