import { randomUUID } from "node:crypto";
import { type BudgetStore, LEASE_MS } from "./budget-store.ts";

/** The requests of this process that are under way, where their number is limited. They count until they end, or this process does. */
export interface Leases {
  readonly size: number;
  /** A new name. */
  name(): string;
  add(lease: string): void;
  end(lease: string): void;
  close(): void;
}

/** `store`: who is told; absent: they count in this process alone. */
export function createLeases(source: string, store: BudgetStore | undefined): Leases {
  const process = randomUUID();
  const held = new Set<string>();
  let count = 0;
  let timer: NodeJS.Timeout | undefined;
  const ignore = () => undefined;
  const renew = () => void store?.renew(source, () => [...held]).catch(ignore);
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    get size() {
      return held.size;
    },
    name: () => `${process}:${count++}`,
    add(lease) {
      held.add(lease);
      timer ??= setInterval(renew, LEASE_MS / 3).unref();
    },
    end(lease) {
      if (!held.delete(lease)) return;
      if (held.size === 0) stop();
      void store?.done(source, lease).catch(ignore);
    },
    close: stop,
  };
}
