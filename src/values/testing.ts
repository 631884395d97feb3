/** `warmfront/testing`: time that a test moves, a store that fails when told, and functions that count their calls. */
import type { Flight } from "../store/flight.ts";
import type { Clock } from "./clock.ts";
import { createCore } from "./core.ts";
import { type CacheOptions, type Caches, openCaches, settingsOf } from "./create.ts";
import { type Duration, toMs } from "./lifetimes.ts";
import { openMemoryStore } from "./memory-store.ts";
import type { ValueStore } from "./value-store.ts";

export interface FakeClock extends Clock {
  /** Moves time on, and runs what falls due, in order. Resolves when everything that follows at once has happened. */
  advance(by: Duration): Promise<void>;
}

/** Time stands still until a test moves it. `startAt`: milliseconds since the epoch. */
export function createFakeClock(startAt = Date.UTC(2026, 0, 1)): FakeClock {
  let now = startAt;
  const due = new Map<() => void, number>();
  const nextBefore = (end: number) => {
    const first = [...due].toSorted(([, a], [, b]) => a - b)[0];
    return first !== undefined && first[1] <= end ? first : undefined;
  };
  return {
    now: () => now,
    after: (ms, run) => {
      // One function may wait twice.
      const task = () => run();
      due.set(task, now + ms);
      return () => due.delete(task);
    },
    advance: async (by) => {
      const end = now + toMs(by);
      await settle();
      for (let next = nextBefore(end); next !== undefined; next = nextBefore(end)) {
        const [run, at] = next;
        due.delete(run);
        now = at;
        run();
        await settle();
      }
      now = end;
      await settle();
    },
  };
}

/** Lets everything happen that waits for nothing but its turn. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

export interface TestCache {
  /** In memory; both aliases work. */
  readonly cache: Caches;
  readonly clock: FakeClock;
  /** The store no longer answers: reads fail, writes do not arrive. */
  breakStore(): void;
  /** It answers again, with what it held. */
  repairStore(): void;
}

/** A cache for tests: on a fake clock, without jitter, over a store that can be broken. Options are those of `createCache`, without `redis`. */
export function createTestCache(options: Omit<CacheOptions, "redis" | "env"> = {}): TestCache {
  const clock = createFakeClock();
  const settings = { ...settingsOf({ jitter: 0, ...options }, {}), clock, random: () => 0 };
  const open = () => openMemoryStore({ maxBytes: options.memoryMaxBytes ?? 64 * 2 ** 20, clock });
  const { store, breakStore, repairStore } = breakable(open());
  const cores = { main: createCore(store, settings), memory: createCore(open(), settings) };
  const persistentMs = toMs(options.persistentTtl ?? "1h");
  const cache = openCaches(cores, { ...settings.spans, ttlMs: persistentMs });
  return { cache, clock, breakStore, repairStore };
}

function breakable(inner: ValueStore) {
  let broken = false;
  const listeners = new Set<() => void>();
  const failure = () => new Error("The store is broken, as the test wants it.");
  const orFail = <T>(step: () => Promise<T>) => (broken ? Promise.reject(failure()) : step());
  const read: ValueStore["read"] = async (key) =>
    broken ? { state: "failed", cause: failure() } : inner.read(key);
  const store: ValueStore = {
    ...inner,
    peek: (key) => (broken ? undefined : inner.peek(key)),
    read,
    readCurrent: read,
    write: async (key, entry, how) => (broken ? "failed" : inner.write(key, entry, how)),
    remove: (keys) => orFail(() => inner.remove(keys)),
    increment: (key, by, ttlMs) => orFail(() => inner.increment(key, by, ttlMs)),
    fence: () => orFail(() => inner.fence()),
    begin: (key): Promise<Flight> => inner.begin(key),
    health: async () =>
      broken
        ? { ...(await inner.health()), healthy: false, latency_ms: null, reason: failure().message }
        : inner.health(),
    onReturn: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    store,
    breakStore: () => {
      broken = true;
    },
    repairStore: () => {
      broken = false;
      for (const listener of listeners) listener();
    },
  };
}

/** A function that stands for what a cache saves: it counts its calls, and fails or waits when told. */
export interface StandIn<T> {
  (): Promise<T>;
  readonly calls: number;
  /** What calls return from now on. */
  returns(value: T): void;
  /** Calls from now on throw this. */
  fails(error?: Error): void;
  /** Calls from now on wait until `finish`. */
  hangs(): void;
  /** Ends all calls that wait, with what is returned now. */
  finish(value?: T): void;
}

/** Returns `value` until it is told otherwise. */
export function createStandIn<T>(value: T): StandIn<T> {
  let calls = 0;
  let answer: () => Promise<T> = async () => value;
  const waiting = new Set<(value: T) => void>();
  let current = value;
  const standIn = Object.assign(
    () => {
      calls += 1;
      return answer();
    },
    {
      returns: (next: T) => {
        current = next;
        answer = async () => next;
      },
      fails: (error = new Error("It fails, as the test wants it.")) => {
        answer = () => Promise.reject(error);
      },
      hangs: () => {
        answer = () => new Promise((resolve) => waiting.add(resolve));
      },
      finish: (last = current) => {
        for (const resolve of waiting) resolve(last);
        waiting.clear();
      },
    },
  );
  return Object.defineProperty(standIn, "calls", { get: () => calls }) as typeof standIn & {
    readonly calls: number;
  };
}
