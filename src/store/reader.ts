/** Reading framed values: one MGET for all that is asked for in one turn of the event loop, large values piece by piece. */
import { pieceKey } from "../redis/keys.ts";
import type { StoreRedis } from "../redis/store-redis.ts";
import {
  addToChecksum,
  type FrameHead,
  formOf,
  HEAD_BYTES,
  pieceCount,
  readHead,
  startChecksum,
  writeOf,
} from "./frame.ts";

export type RawRead =
  | {
      readonly state: "found";
      readonly payload: Buffer;
      readonly head: FrameHead;
      /** What stands under the key itself. */
      readonly blob: Buffer;
    }
  | { readonly state: "absent" }
  | { readonly state: "corrupt"; readonly blob: Buffer };

/** Who waits for a value: told once, in the turn in which Redis answered, without a promise. Neither may throw. */
export interface RawWaiter {
  take(read: RawRead): void;
  /** Redis did not answer. */
  fail(failure: unknown): void;
}

interface Asked {
  readonly redisKey: string;
  readonly waiter: RawWaiter;
}

const ABSENT = { state: "absent" } as const;
/** Keys of one MGET; with values of 64 KiB at most a reply stays below 8 MiB. */
const KEYS_PER_COMMAND = 128;
/** Pieces under way at a time, so that small replies do not wait behind many large ones. */
const PIECES_AT_ONCE = 4;

export class Reader {
  readonly #redis: StoreRedis;
  readonly #pieces: Gate;
  #asked: Asked[] = [];

  constructor(redis: StoreRedis) {
    this.#redis = redis;
    this.#pieces = new Gate(PIECES_AT_ONCE);
  }

  ask(redisKey: string, waiter: RawWaiter): void {
    if (this.#asked.length === 0) setImmediate(() => this.#send());
    this.#asked.push({ redisKey, waiter });
  }

  /** Rejects when Redis does not answer. */
  read(redisKey: string): Promise<RawRead> {
    return new Promise((take, fail) => this.ask(redisKey, { take, fail }));
  }

  /** Which write stands under a key now; undefined for none. Rejects when Redis does not answer. */
  async currentWrite(redisKey: string): Promise<string | undefined> {
    const blob = await this.#redis.ask((client) =>
      client.getrangeBuffer(redisKey, 0, HEAD_BYTES - 1),
    );
    const form = formOf(blob);
    return form === "whole" || form === "pieces" ? writeOf(blob) : undefined;
  }

  /** In a Cluster every key may be in another slot: one command each, sent in the same turn. */
  #send(): void {
    const asked = this.#asked;
    this.#asked = [];
    const size = this.#redis.target.kind === "cluster" ? 1 : KEYS_PER_COMMAND;
    for (let i = 0; i < asked.length; i += size) void this.#sendGroup(asked.slice(i, i + size));
  }

  async #sendGroup(group: readonly Asked[]): Promise<void> {
    const keys = group.map((one) => one.redisKey);
    let blobs: (Buffer | null)[];
    try {
      blobs = await this.#redis.ask((client) => client.mgetBuffer(keys));
    } catch (failure) {
      for (const { waiter } of group) waiter.fail(failure);
      return;
    }
    for (let i = 0; i < group.length; i++) {
      const { redisKey, waiter } = group[i] as Asked;
      const read = this.#interpret(redisKey, blobs[i] ?? null);
      if (read instanceof Promise) read.then(waiter.take, waiter.fail);
      else waiter.take(read);
    }
  }

  #interpret(redisKey: string, blob: Buffer | null): RawRead | Promise<RawRead> {
    if (blob === null) return ABSENT;
    const form = formOf(blob);
    if (form === "corrupt") return { state: "corrupt", blob };
    if (form === "foreign") return ABSENT;
    const head = readHead(blob);
    if (form === "pieces") return this.#assemble(redisKey, blob, head);
    const payload = blob.subarray(HEAD_BYTES);
    const intact =
      payload.length === head.length && startChecksum(redisKey, blob) === head.checksum;
    return intact ? { state: "found", payload, head, blob } : { state: "corrupt", blob };
  }

  /** A value may be replaced while it is read: then its pieces are gone, and the new one is read instead. */
  async #assemble(redisKey: string, blob: Buffer, head: FrameHead): Promise<RawRead> {
    const pieces = await this.#readPieces(redisKey, head);
    if (pieces === undefined) {
      const replaced = (await this.currentWrite(redisKey)) !== head.write;
      return replaced ? this.read(redisKey) : ABSENT;
    }
    const checksum = pieces.reduce(addToChecksum, startChecksum(redisKey, blob));
    if (checksum !== head.checksum) return { state: "corrupt", blob };
    return { state: "found", payload: Buffer.concat(pieces), head, blob };
  }

  async #readPieces(redisKey: string, head: FrameHead): Promise<Buffer[] | undefined> {
    const pieces: Buffer[] = [];
    const count = pieceCount(head.length);
    for (let i = 0; i < count; i++) {
      const key = pieceKey(redisKey, head.write, i);
      const piece = await this.#pieces.pass(() =>
        this.#redis.ask((client) => client.getBuffer(key)),
      );
      if (piece === null) return undefined;
      pieces.push(piece);
    }
    return pieces;
  }
}

/** Lets so many through at a time, the others in turn. */
class Gate {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#free -= 1;
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
