import type { RedisClient } from "../redis/connect.ts";
import { REAP_RUNS, REAP_SIGHTINGS, reapRunKey } from "../redis/keys.ts";
import { type Journal, type JournalLine, startOfRun } from "./journal.ts";
import type { Sighting } from "./sightings.ts";

/** A journal in the queue role, which evicts nothing and keeps an append-only file. Records end by themselves after `keepMs`. */
export function createRedisJournal(client: RedisClient, keepMs: number): Journal {
  return {
    async append(run, lines) {
      const replies = await client
        .multi()
        .zadd(REAP_RUNS, startOfRun(run), run)
        .rpush(reapRunKey(run), ...lines.map((line) => JSON.stringify(line)))
        .pexpire(reapRunKey(run), keepMs)
        .exec();
      const failure = replies?.find(([error]) => error !== null)?.[0];
      if (replies === null || failure) throw failure ?? new Error("The record was not written.");
    },
    async read(run) {
      const lines = await client.lrange(reapRunKey(run), 0, -1);
      return lines.map((line) => JSON.parse(line) as JournalLine);
    },
    runs: () => client.zrevrange(REAP_RUNS, 0, -1),
    async sightings() {
      const all = await client.hgetall(REAP_SIGHTINGS);
      return new Map(
        Object.entries(all).map(([repository, text]) => [repository, JSON.parse(text) as Sighting]),
      );
    },
    async saveSightings(changes) {
      const pipeline = client.pipeline();
      for (const [repository, sighting] of changes) {
        if (sighting === undefined) pipeline.hdel(REAP_SIGHTINGS, repository);
        else pipeline.hset(REAP_SIGHTINGS, repository, JSON.stringify(sighting));
      }
      const failure = (await pipeline.exec())?.find(([error]) => error !== null)?.[0];
      if (failure) throw failure;
    },
    async prune(before) {
      await client.zremrangebyscore(REAP_RUNS, "-inf", `(${before}`);
    },
  };
}
