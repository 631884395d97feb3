/**
 * The memory tier: values by canonical key, bounded in bytes, dropped when Redis announces that their key changed.
 *
 * A reply and the announcement that it is out of date come over two sockets in any order. So whoever asks Redis first leaves a
 * placeholder here, and the answer is kept only if no announcement for its key came in between.
 */
import { LRUCache } from "lru-cache";

/** A value as it was read or written. */
export interface Held<T> {
  readonly value: T;
  readonly redisKey: string;
  readonly fence: number;
  /** Which write made it (`FrameHead.write`). */
  readonly write: string;
  /** Written by this process: an announcement of its key may be that of this very write. */
  readonly own: boolean;
}

/** A place kept for what Redis is being asked for. `release` exactly once. */
export interface Placeholder {
  /** Whether the key has changed, or all may have, since. */
  readonly outdated: boolean;
  release(): void;
}

/** Longest share of the tier that one value may take. */
const LARGEST_SHARE = 1 / 8;
/** Bytes per value besides the value: keys, nodes of the maps, `Held`. */
const OVERHEAD_BYTES = 400;

/** Nothing is held here, so nothing need be told apart. */
const NO_PLACE: Placeholder = { outdated: true, release: () => {} };

class Waiting implements Placeholder {
  outdated = false;
  waiters = 0;
  readonly #redisKey: string;
  readonly #all: Map<string, Waiting>;

  constructor(redisKey: string, all: Map<string, Waiting>) {
    this.#redisKey = redisKey;
    this.#all = all;
  }

  outdate(): void {
    this.outdated = true;
    this.#all.delete(this.#redisKey);
  }

  release(): void {
    this.waiters -= 1;
    if (this.waiters === 0 && !this.outdated) this.#all.delete(this.#redisKey);
  }
}

export class Memory<T> {
  /** Whether the tier answers and takes values. Off until its owner trusts it. */
  serving = false;
  /** Called with an own value whose key was announced: keep it only if Redis still holds that very write. */
  onOwnAnnounced: (key: string, held: Held<T>) => void = () => {};
  readonly #values: LRUCache<string, Held<T>>;
  readonly #largest: number;
  readonly #sizeOf: (value: T) => number;
  /** Redis key → key of every value held. */
  readonly #index = new Map<string, string>();
  readonly #waiting = new Map<string, Waiting>();

  /** `clock` says when values' lives end, in milliseconds from anywhere; the system's when absent. */
  constructor(
    maxBytes: number,
    sizeOf: (value: T) => number,
    clock?: { readonly now: () => number },
  ) {
    this.#sizeOf = sizeOf;
    this.#largest = Math.floor(maxBytes * LARGEST_SHARE);
    this.#values = new LRUCache({
      maxSize: Math.max(1, maxBytes),
      ...(clock !== undefined && { perf: clock, ttlResolution: 0 }),
      dispose: (held, _key, reason) => {
        if (reason !== "set") this.#index.delete(held.redisKey);
      },
    });
  }

  get bytes(): number {
    return this.#values.calculatedSize;
  }

  get entries(): number {
    return this.#values.size;
  }

  /** Whether a value put now would be held. */
  get holds(): boolean {
    return this.serving && this.#largest > 0;
  }

  get(key: string): T | undefined {
    return this.serving ? this.#values.get(key)?.value : undefined;
  }

  keys(): IterableIterator<string> {
    return this.#values.keys();
  }

  expect(redisKey: string): Placeholder {
    if (this.#largest === 0) return NO_PLACE;
    let place = this.#waiting.get(redisKey);
    if (place === undefined) {
      place = new Waiting(redisKey, this.#waiting);
      this.#waiting.set(redisKey, place);
    }
    place.waiters += 1;
    return place;
  }

  /** Holds a value, for `lifeMs` if given. Unless Redis took it from us, a newer one stays. A value too large for the tier is not held. */
  put(key: string, held: Held<T>, lifeMs = 0): void {
    if (!this.serving) return;
    const before = this.#values.peek(key);
    if (!held.own && before !== undefined && before.fence > held.fence) return;
    const size = Math.ceil(this.#sizeOf(held.value)) + OVERHEAD_BYTES + 2 * key.length;
    if (size > this.#largest) {
      this.#values.delete(key);
      return;
    }
    this.#index.set(held.redisKey, key);
    this.#values.set(key, held, { size, ttl: lifeMs });
  }

  /** Lets go of a value, if it is still this one. */
  drop(key: string, held: Held<T>): void {
    if (this.#values.peek(key) === held) this.#values.delete(key);
  }

  /** Redis announces that these keys changed. */
  outdate(redisKeys: readonly string[]): void {
    for (const redisKey of redisKeys) {
      this.#waiting.get(redisKey)?.outdate();
      const key = this.#index.get(redisKey);
      const held = key === undefined ? undefined : this.#values.peek(key);
      if (key === undefined || held === undefined) continue;
      if (held.own) this.onOwnAnnounced(key, held);
      else this.#values.delete(key);
    }
  }

  /** This process itself is about to remove a key. */
  forget(key: string, redisKey: string): void {
    this.#waiting.get(redisKey)?.outdate();
    this.#values.delete(key);
  }

  /** What is under way may be out of date; what is held stays. */
  outdateAllWaiting(): void {
    for (const place of [...this.#waiting.values()]) place.outdate();
  }

  /** Lets go of everything that Redis once confirmed; what was put with a life of its own stays until that ends. */
  dropConfirmed(): void {
    for (const [key] of [...this.#values.entries()]) {
      if (this.#values.getRemainingTTL(key) === Number.POSITIVE_INFINITY) this.#values.delete(key);
    }
  }

  clear(): void {
    this.outdateAllWaiting();
    this.#values.clear();
  }
}
