/** What worker processes say of themselves every few seconds, for whoever cannot ask them. */
import { z } from "zod";
import type { RedisClient } from "../redis/connect.ts";
import { WORKER_BEATS } from "../redis/keys.ts";
import { redisNow } from "../redis/now.ts";
import { readStored } from "../redis/stored-json.ts";

const workerSchema = z.object({
  queue: z.string(),
  /** `stuck`: it has a free place and has not asked for jobs in time; `away`: its Redis is. */
  state: z.enum(["fetching", "stuck", "away"]),
  /** When Redis last answered its question for a job, in milliseconds since the epoch. */
  lastFetchAt: z.number(),
  running: z.number(),
  concurrency: z.number(),
  /** How often it was replaced because it had stopped asking. */
  replaced: z.number(),
});

const beatSchema = z.object({
  /** Tells processes apart. */
  id: z.string(),
  host: z.string(),
  pid: z.number(),
  startedAt: z.number(),
  /** When it said this, by Redis's clock. */
  at: z.number(),
  workers: z.array(workerSchema),
});

/** One process. */
export type Beat = Readonly<z.infer<typeof beatSchema>>;

/** How often a process says how it is. */
export const BEAT_MS = 10_000;
/** A process that has said nothing for this long counts as gone. */
export const SILENT_MS = 45_000;

/** Rejects while Redis is away. */
export async function writeBeat(connection: RedisClient, said: Omit<Beat, "at">): Promise<void> {
  const beat: Beat = { ...said, at: await redisNow(connection) };
  await connection.hset(WORKER_BEATS, beat.id, JSON.stringify(beat));
}

/** A process that ends in order takes its word back. */
export async function removeBeat(connection: RedisClient, id: string): Promise<void> {
  await connection.hdel(WORKER_BEATS, id);
}

/** The processes that are there; those that are gone are forgotten. */
export async function readBeats(connection: RedisClient): Promise<Beat[]> {
  const stored = await connection.hgetall(WORKER_BEATS);
  const now = await redisNow(connection);
  const beats = Object.entries(stored).map(([id, text]) => ({
    id,
    beat: readStored(beatSchema, text),
  }));
  const isThere = (beat: Beat | undefined) => beat !== undefined && now - beat.at < SILENT_MS;
  const gone = beats.filter(({ beat }) => !isThere(beat)).map(({ id }) => id);
  if (gone.length > 0) await connection.hdel(WORKER_BEATS, ...gone);
  return beats.flatMap(({ beat }) => (beat !== undefined && isThere(beat) ? [beat] : []));
}
