/** The purges that all processes know: a stream in the durable role, which each process reads as it grows. */
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { RedisClient } from "../../redis/connect.ts";
import type { AuditRecord } from "../audit.ts";
import { compacted } from "./compaction.ts";
import { PAGE, PurgeFollower } from "./follower.ts";
import { createPurgeMarkers } from "./markers.ts";
import type { PurgeMarkers } from "./purge.ts";
import { type Added, type Addition, addToPurges, readAudit, trimPurges } from "./stream.ts";

export interface PurgeLog {
  readonly markers: PurgeMarkers;
  /** Whether everything that was purged up to a moment ago is known here. */
  readonly current: boolean;
  /** Resolves when all purges made before the start are known. */
  readonly known: Promise<void>;
  /**
   * Makes purges known to every process, and puts a record into the audit. Rejects when the durable role does not take them or does not
   * say so: then nothing is purged, or all of it.
   */
  append(addition: Addition): Promise<Added>;
  /** What operators did, newest first. Rejects when the durable role is away. */
  audit(count: number): Promise<AuditRecord[]>;
  close(): void;
}

export interface PurgeLogOptions {
  /** Impatient: an operator waits. */
  readonly writer: RedisClient;
  /** Patient, and used for nothing else: it blocks. */
  readonly reader: RedisClient;
  readonly logger: Logger;
  /** Markers after which their list is made shorter. */
  readonly mostMarkers?: number;
}

const MOST_MARKERS = 20_000;

export function createPurgeLog(options: PurgeLogOptions): PurgeLog {
  const { writer, reader, logger, mostMarkers = MOST_MARKERS } = options;
  const markers = createPurgeMarkers();
  const follower = new PurgeFollower(reader, markers, logger);
  const compact = createCompaction(options, markers, follower);
  return {
    markers,
    known: follower.known,
    get current() {
      return follower.caughtUp && reader.status === "ready";
    },
    async append(addition) {
      const added = await addToPurges(writer, addition);
      if (!added.added) return added;
      for (const marker of addition.markers) markers.add(marker);
      if (added.length > mostMarkers) await compact();
      return added;
    },
    audit: (count) => readAudit(writer, count),
    close: () => follower.stop(),
  };
}

/** Puts fewer markers at the end of the stream, and only then drops all before the place up to which they stand for. */
function createCompaction(
  { writer, logger, mostMarkers = MOST_MARKERS }: PurgeLogOptions,
  markers: PurgeMarkers,
  follower: PurgeFollower,
): () => Promise<void> {
  let running = false;
  return async () => {
    if (running || !follower.caughtUp) return;
    running = true;
    const { last } = follower;
    const fewer = compacted(markers.list(), Math.floor(mostMarkers / 2));
    try {
      for (let i = 0; i < fewer.length; i += PAGE)
        await addToPurges(writer, { markers: fewer.slice(i, i + PAGE) });
      await trimPurges(writer, last);
      logger.info({ markers: fewer.length }, "The list of purges was made shorter");
    } catch (error) {
      logger.warn({ reason: messageOf(error) }, "The list of purges could not be made shorter");
    } finally {
      running = false;
    }
  };
}
