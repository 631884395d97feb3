/** Slows down whoever tries tokens, without locking out those who share an address with them. */
import { LRUCache } from "lru-cache";

export interface Throttle {
  /** Seconds until an address may show unknown tokens again; 0 when it may. A client that was let in from there before is not held up. */
  blockedFor(address: string, client?: string): number;
  failed(address: string): void;
  succeeded(address: string, client: string): void;
}

const MOST_FAILURES = 10;
const WINDOW_MS = 60_000;
const MOST_REMEMBERED = 10_000;
const REMEMBERED_MS = 24 * 3_600_000;

export function createThrottle(): Throttle {
  const failures = new LRUCache<string, number>({
    ...{ max: MOST_REMEMBERED, ttl: WINDOW_MS, noUpdateTTL: true },
  });
  const known = new LRUCache<string, true>({ max: MOST_REMEMBERED, ttl: REMEMBERED_MS });
  return {
    blockedFor(address, client) {
      if ((failures.get(address) ?? 0) < MOST_FAILURES) return 0;
      if (client !== undefined && known.has(pair(address, client))) return 0;
      return Math.max(1, Math.ceil(failures.getRemainingTTL(address) / 1_000));
    },
    failed: (address) => void failures.set(address, (failures.get(address) ?? 0) + 1),
    succeeded: (address, client) => void known.set(pair(address, client), true),
  };
}

function pair(address: string, client: string): string {
  return `${address} ${client}`;
}
