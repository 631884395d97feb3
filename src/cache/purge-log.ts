/** The purges that all processes know: a stream in the durable role, which each process reads as it grows. */
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { RedisClient } from "../redis/connect.ts";
import { PURGE_LOG } from "../redis/keys.ts";
import { createPurgeMarkers, type PurgeMarker, type PurgeMarkers } from "./purge.ts";

export interface PurgeLog {
  readonly markers: PurgeMarkers;
  /** Makes purges known to every process. Rejects when the durable role does not take them. */
  append(markers: readonly PurgeMarker[], by: string): Promise<void>;
  close(): void;
}

export interface PurgeLogOptions {
  /** Impatient: an operator waits. */
  readonly writer: RedisClient;
  /** Patient, and used for nothing else: it blocks. */
  readonly reader: RedisClient;
  readonly logger: Logger;
}

/** Markers kept. When there are more, the oldest half becomes one purge of everything up to its end: never less than was asked. */
const MOST_MARKERS = 10_000;
const PAGE = 1_000;
const BLOCK_MS = 5_000;
/** Wait before asking again after a fault. */
const REST_MS = 500;

export function createPurgeLog(options: PurgeLogOptions): PurgeLog {
  const markers = createPurgeMarkers();
  const { writer, reader, logger } = options;
  let closed = false;
  void follow(options, markers, () => closed);
  return {
    markers,
    async append(added, by) {
      for (const marker of added) {
        await writer.xadd(PURGE_LOG, "*", "marker", JSON.stringify(marker), "by", by);
        markers.add(marker);
      }
      await compact(writer, logger);
    },
    close() {
      closed = true;
      reader.disconnect();
    },
  };
}

/** Reads all there is, then waits for more, until closed. */
async function follow(
  { reader, logger }: PurgeLogOptions,
  markers: PurgeMarkers,
  isClosed: () => boolean,
): Promise<void> {
  let last = "0";
  while (!isClosed()) {
    try {
      const read = await reader.xread("COUNT", PAGE, "BLOCK", BLOCK_MS, "STREAMS", PURGE_LOG, last);
      for (const [id, fields] of read?.[0]?.[1] ?? []) {
        last = id;
        addParsed(markers, fields, logger);
      }
    } catch (error) {
      if (isClosed()) return;
      logger.warn({ reason: messageOf(error) }, "Purges cannot be read right now");
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
    }
  }
}

function addParsed(markers: PurgeMarkers, fields: readonly string[], logger: Logger): void {
  try {
    markers.add(JSON.parse(fields[fields.indexOf("marker") + 1] as string) as PurgeMarker);
  } catch (error) {
    logger.error({ reason: messageOf(error) }, "A purge could not be understood");
  }
}

async function compact(writer: RedisClient, logger: Logger): Promise<void> {
  const length = await writer.xlen(PURGE_LOG);
  if (length <= MOST_MARKERS) return;
  const oldest = await writer.xrange(PURGE_LOG, "-", "+", "COUNT", MOST_MARKERS / 2);
  const newest = Math.max(...oldest.map(([, fields]) => fenceOf(fields)));
  const marker: PurgeMarker = { scope: { kind: "all" }, fence: newest, soft: false };
  await writer.xadd(PURGE_LOG, "*", "marker", JSON.stringify(marker), "by", "compaction");
  await writer.xtrim(PURGE_LOG, "MAXLEN", MOST_MARKERS / 2);
  logger.info({ markers: oldest.length }, "Old purges became one purge of everything before them");
}

function fenceOf(fields: readonly string[]): number {
  try {
    return (JSON.parse(fields[fields.indexOf("marker") + 1] as string) as PurgeMarker).fence;
  } catch {
    return 0;
  }
}
