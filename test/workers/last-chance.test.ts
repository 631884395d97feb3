import { DelayedError, type Job } from "bullmq";
import { expect, test } from "vitest";
import { createLastChances } from "../../src/workers/last-chance.ts";

/** A job that was lost so often, and what became of it. */
function lost(id: string, stalledCounter: number) {
  const delays: number[] = [];
  const job = {
    id,
    stalledCounter,
    moveToDelayed: async (at: number) => void delays.push(at - Date.now()),
  } as unknown as Job;
  return { job, delays };
}

test("jobs that may be lost once more pass beside each other", async () => {
  const chances = createLastChances(2);
  for (const id of ["a", "b", "c"]) await chances.enter(lost(id, 1).job, "token");
});

test("of those at their last chance one passes, and the next is put off for seconds until it is over", async () => {
  const chances = createLastChances(2);
  await chances.enter(lost("a", 2).job, "token");
  const other = lost("b", 2);
  await expect(chances.enter(other.job, "token")).rejects.toThrow(DelayedError);
  expect(other.delays[0]).toBeGreaterThan(400);
  expect(other.delays[0]).toBeLessThan(3_100);
  chances.leave("b");
  await expect(chances.enter(other.job, "token")).rejects.toThrow(DelayedError);
  chances.leave("a");
  await chances.enter(other.job, "token");
});

test("where no job may be lost at all, a job that never was passes freely", async () => {
  const chances = createLastChances(0);
  for (const id of ["a", "b"]) await chances.enter(lost(id, 0).job, "token");
});
