import { expect, test } from "vitest";
import { type Beat, readBeats, removeBeat, SILENT_MS, writeBeat } from "../../src/queues/beats.ts";
import { WORKER_BEATS } from "../../src/redis/keys.ts";
import { startJobs } from "../helpers/jobs.ts";

const NOW = Date.UTC(2026, 0, 2);

function beat(id: string, at: number): Beat {
  const worker = { queue: "refresh", lastFetchAt: at, running: 0, concurrency: 8, replaced: 0 };
  const workers = [{ ...worker, state: "fetching" as const }];
  return { id, host: "h", pid: 1, startedAt: 0, at, workers };
}

test("processes are there as long as they say so, and forgotten when they have been silent", async () => {
  await using jobs = await startJobs();
  const connection = jobs.patient();
  await writeBeat(connection, beat("old", NOW - SILENT_MS));
  await writeBeat(connection, beat("young", NOW - SILENT_MS + 1));
  await writeBeat(connection, beat("left", NOW));
  await connection.hset(WORKER_BEATS, "another version's", "{}");
  await removeBeat(connection, "left");
  expect(await readBeats(connection, NOW)).toEqual([beat("young", NOW - SILENT_MS + 1)]);
  expect(await connection.hkeys(WORKER_BEATS)).toEqual(["young"]);
});
