/** Values in Redis: encoded, framed, and checked on the way back. What does not pass the check is not there. */
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { isAway } from "../redis/away.ts";
import type { StoreRedis } from "../redis/store-redis.ts";
import { type RawRead, Reader } from "./reader.ts";
import { type WriteOptions, Writer, type Written } from "./writer.ts";

/** How values become bytes. The store adds its own frame with fence, length and checksum. */
export interface Codec<T> {
  encode(value: T): Buffer;
  /** Throws when the bytes are not a value. May keep views of `blob`. */
  decode(blob: Buffer): T;
  /** Bytes that the value occupies in memory. */
  sizeOf(value: T): number;
}

export type TierRead<T> =
  | { readonly state: "found"; readonly value: T; readonly fence: number; readonly write: string }
  | { readonly state: "absent" }
  /** There was something, which has been logged and is being removed. */
  | { readonly state: "corrupt" };

/** Who waits for a value: told once. Neither may throw. */
export interface TierWaiter<T> {
  take(read: TierRead<T>): void;
  /** Redis did not answer. */
  fail(failure: unknown): void;
}

const COMPLAIN_EVERY_MS = 60_000;

export class RedisTier<T> {
  readonly #codec: Codec<T>;
  readonly #logger: Logger;
  readonly #reader: Reader;
  readonly #writer: Writer;
  #quietUntil = 0;

  constructor(redis: StoreRedis, codec: Codec<T>, logger: Logger) {
    this.#codec = codec;
    this.#logger = logger;
    this.#reader = new Reader(redis);
    this.#writer = new Writer(redis);
  }

  /** `keep`: the value will be held for long. */
  read(redisKey: string, keep: boolean, waiter: TierWaiter<T>): void {
    this.#reader.ask(redisKey, {
      take: (raw) => waiter.take(this.#decode(redisKey, raw, keep)),
      fail: waiter.fail,
    });
  }

  /** Rejects when Redis does not take it, or the value has no encoding. */
  async write(redisKey: string, value: T, options: WriteOptions): Promise<Written> {
    try {
      return await this.#writer.write(redisKey, this.#codec.encode(value), options);
    } catch (failure) {
      this.#complain(failure);
      throw failure;
    }
  }

  /** How many were there; with `upTo` those that have a newer fence stay. Rejects when Redis is away. */
  remove(redisKeys: readonly string[], upTo?: number): Promise<number> {
    return this.#writer.remove(redisKeys, upTo);
  }

  /** Whether exactly this write stands under the key. Rejects when Redis does not answer. */
  async stands(redisKey: string, write: string): Promise<boolean> {
    return (await this.#reader.currentWrite(redisKey)) === write;
  }

  /** A Redis that is away is the breaker's news; one that says no, being full perhaps, is told once a minute. */
  #complain(failure: unknown): void {
    const now = performance.now();
    if (isAway(failure) || now < this.#quietUntil) return;
    this.#quietUntil = now + COMPLAIN_EVERY_MS;
    const reason = messageOf(failure);
    this.#logger.warn({ reason }, "The cache store refuses values; answers are served unstored.");
  }

  #decode(redisKey: string, raw: RawRead, keep: boolean): TierRead<T> {
    if (raw.state === "absent") return raw;
    if (raw.state === "corrupt") return this.#discard(redisKey, raw.blob, "checksum or length");
    const { payload, head, blob } = raw;
    try {
      const value = this.#codec.decode(keep ? withMemoryOfItsOwn(payload) : payload);
      return { state: "found", value, fence: head.fence, write: head.write };
    } catch (failure) {
      return this.#discard(redisKey, blob, messageOf(failure));
    }
  }

  #discard(redisKey: string, blob: Buffer, reason: string): TierRead<T> {
    this.#logger.warn({ redisKey, reason }, "A stored value is corrupt and is removed.");
    this.#writer.removeExactly(redisKey, blob).catch(() => {});
    return { state: "corrupt" };
  }
}

/** Replies are views of the network's chunks: a small value held for long would hold a whole chunk. */
function withMemoryOfItsOwn(payload: Buffer): Buffer {
  if (payload.buffer.byteLength <= payload.length + 1_024) return payload;
  const own = Buffer.allocUnsafeSlow(payload.length);
  payload.copy(own);
  return own;
}
