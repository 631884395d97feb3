import { expect, test, vi } from "vitest";
import { type Beat, readBeats, removeBeat, SILENT_MS, writeBeat } from "../../src/queues/beats.ts";
import { WORKER_BEATS } from "../../src/redis/keys.ts";
import { redisNow } from "../../src/redis/now.ts";
import { startJobs } from "../helpers/jobs.ts";

function said(id: string): Omit<Beat, "at"> {
  const worker = { queue: "refresh", lastFetchAt: 1, running: 0, concurrency: 8, replaced: 0 };
  return { id, host: "h", pid: 1, startedAt: 0, workers: [{ ...worker, state: "fetching" }] };
}

test("processes are there as long as they say so, and forgotten when they have been silent", async () => {
  await using jobs = await startJobs();
  const connection = jobs.patient();
  for (const id of ["young", "left"]) await writeBeat(connection, said(id));
  const old: Beat = { ...said("old"), at: (await redisNow(connection)) - SILENT_MS };
  await connection.hset(WORKER_BEATS, "old", JSON.stringify(old), "another version's", "{}");
  await removeBeat(connection, "left");
  expect(await readBeats(connection)).toMatchObject([said("young")]);
  expect(await connection.hkeys(WORKER_BEATS)).toEqual(["young"]);
});

test("a machine whose clock is wrong takes no process for gone, and is not taken for gone", async () => {
  await using jobs = await startJobs();
  const connection = jobs.patient();
  const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() - 3_600_000);
  await writeBeat(connection, said("behind"));
  clock.mockReturnValue(Date.now() + 7_200_000);
  const seen = await readBeats(connection);
  clock.mockRestore();
  expect(seen).toMatchObject([said("behind")]);
});
