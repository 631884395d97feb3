/** Keeps the last good value of each item twice: in Redis, and on the disk of each machine that serves it. */
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Sealer } from "../store/seal.ts";
import type { DiskCopies } from "./disk.ts";
import type { DurableCopies } from "./durable.ts";
import { type ItemIdentity, type ItemRecord, packRecord, unpackRecord } from "./record.ts";
import type { Trouble } from "./trouble.ts";

/** Nothing here rejects: a copy that fails is logged, and the other one does. */
export interface ItemStore {
  /** The newest of both copies, or undefined when neither holds one of this source. */
  read(identity: ItemIdentity): Promise<ItemRecord | undefined>;
  write(identity: ItemIdentity, record: ItemRecord): Promise<void>;
  /** What the last question failed with that any process asked the source of this item. */
  readTrouble(identity: ItemIdentity): Promise<Trouble | undefined>;
  writeTrouble(identity: ItemIdentity, trouble: Trouble): Promise<void>;
}

export interface ItemStoreOptions {
  readonly durable: DurableCopies;
  readonly disk: DiskCopies;
  readonly sealer: Sealer;
  readonly logger: Logger;
}

export function createItemStore({ durable, disk, sealer, logger }: ItemStoreOptions): ItemStore {
  const health = createHealthLog(logger);
  const inRedis = createCopy("Redis", durable, sealer, health, async () => undefined);
  const onDisk = createCopy("disk", disk, sealer, health, disk.quarantine);
  return {
    async read(identity) {
      const [shared, own] = await Promise.all([inRedis.read(identity), onDisk.read(identity)]);
      if (shared === undefined || (own !== undefined && own.goodAt >= shared.goodAt)) return own;
      await onDisk.write(identity, packRecord(sealer, identity, shared));
      return shared;
    },
    async write(identity, record) {
      const packed = packRecord(sealer, identity, record);
      await Promise.all([inRedis.write(identity, packed), onDisk.write(identity, packed)]);
    },
    readTrouble: ({ path }) => health.watch("read from Redis", path, durable.readTrouble(path)),
    async writeTrouble({ path }, trouble) {
      await health.watch("written to Redis", path, durable.writeTrouble(path, trouble));
    },
  };
}

/** One of the two copies. `putAside` is what happens to one that is of no use. */
function createCopy(
  name: string,
  copies: Pick<DiskCopies, "read" | "write">,
  sealer: Sealer,
  health: HealthLog,
  putAside: (path: string) => Promise<void>,
) {
  return {
    async read(identity: ItemIdentity): Promise<ItemRecord | undefined> {
      const { path } = identity;
      const packed = await health.watch(`read from ${name}`, path, copies.read(path));
      if (packed === undefined) return undefined;
      const unpacked = unpackRecord(sealer, identity, packed);
      if (unpacked.state === "found") return unpacked.record;
      if (unpacked.state === "corrupt") {
        health.damaged(name, path);
        await health.watch(`put aside on ${name}`, path, putAside(path));
      }
      return undefined;
    },
    async write({ path }: ItemIdentity, packed: Buffer): Promise<void> {
      const writing = copies.write(path, packed).then(() => health.mended(name, path));
      await health.watch(`written to ${name}`, path, writing);
    },
  };
}

type HealthLog = ReturnType<typeof createHealthLog>;

/** One line when something begins to fail, and one when it works again. */
function createHealthLog(logger: Logger) {
  const failing = new Set<string>();
  const bad = new Set<string>();
  return {
    /** What the work comes to, or undefined when it fails. */
    async watch<T>(what: string, item: string, work: Promise<T>): Promise<T | undefined> {
      try {
        const done = await work;
        if (failing.delete(what)) logger.info(`Copies of items can be ${what} again`);
        return done;
      } catch (failure) {
        if (!failing.has(what))
          logger.warn({ item, reason: messageOf(failure) }, `Copies of items cannot be ${what}`);
        failing.add(what);
        return undefined;
      }
    },
    damaged(copy: string, item: string): void {
      if (!bad.has(`${copy} ${item}`))
        logger.error({ item, copy }, "A copy of an item is damaged, or its key is gone");
      bad.add(`${copy} ${item}`);
    },
    mended: (copy: string, item: string) => void bad.delete(`${copy} ${item}`),
  };
}
