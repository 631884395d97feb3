import { DelayedError, type Job, UnrecoverableError } from "bullmq";
import { expect, test } from "vitest";
import { jobFence } from "../../src/redis/fence.ts";
import { createLastChances } from "../../src/workers/last-chance.ts";
import { startJobs } from "../helpers/jobs.ts";

async function startChances(maxStalledCount: number) {
  const jobs = await startJobs();
  const connection = jobs.patient();
  const lock = (id: string) => jobFence("report", id, "token").lockKey;
  return {
    chances: createLastChances({ connection, maxStalledCount }),
    /** Those of another process. */
    another: () => createLastChances({ connection, maxStalledCount }),
    hold: (id: string) => connection.set(lock(id), "token"),
    release: (id: string) => connection.del(lock(id)),
    [Symbol.asyncDispose]: () => jobs[Symbol.asyncDispose](),
  };
}

/** A job that was lost so often, and what became of it. */
function lost(id: string, stalledCounter: number) {
  const delays: number[] = [];
  const job = {
    id,
    queueName: "report",
    stalledCounter,
    moveToDelayed: async (at: number) => void delays.push(at - Date.now()),
  } as unknown as Job;
  return { job, delays };
}

test("jobs that may be lost once more pass beside each other", async () => {
  await using world = await startChances(2);
  for (const id of ["a", "b", "c"]) await world.chances.enter(lost(id, 1).job, "token");
});

test("of those at their last chance one passes, and the next is put off for seconds until it is over", async () => {
  await using world = await startChances(2);
  const { chances } = world;
  await chances.enter(lost("a", 2).job, "token");
  const other = lost("b", 2);
  await expect(chances.enter(other.job, "token")).rejects.toThrow(DelayedError);
  expect(other.delays[0]).toBeGreaterThan(400);
  expect(other.delays[0]).toBeLessThan(3_100);
  chances.leave("b", "token");
  await expect(chances.enter(other.job, "token")).rejects.toThrow(DelayedError);
  chances.leave("a", "token");
  await chances.enter(other.job, "token");
});

test("a job whose end is not recorded yet has not had its last chance", async () => {
  await using world = await startChances(2);
  const { chances } = world;
  await world.hold("a");
  await chances.enter(lost("a", 2).job, "token");
  chances.leave("a", "token");
  await expect(chances.enter(lost("b", 2).job, "another")).rejects.toThrow(DelayedError);
  await world.release("a");
  await chances.enter(lost("b", 2).job, "another");
});

test("a job that comes back to the same place of its worker does not wait for itself", async () => {
  await using world = await startChances(2);
  await world.chances.enter(lost("a", 2).job, "token");
  world.chances.leave("a", "token");
  await world.hold("a");
  await world.chances.enter(lost("a", 2).job, "token");
});

test("of two that ask at once when it is free again one passes", async () => {
  await using world = await startChances(2);
  const { chances } = world;
  await chances.enter(lost("a", 2).job, "token");
  chances.leave("a", "token");
  const asked = await Promise.allSettled(
    ["b", "c"].map((id) => chances.enter(lost(id, 2).job, "token")),
  );
  expect(asked.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
});

test("a job that was lost when it ran alone has failed", async () => {
  await using world = await startChances(2);
  await world.chances.enter(lost("a", 2).job, "token");
  await expect(world.another().enter(lost("a", 3).job, "token")).rejects.toThrow(
    UnrecoverableError,
  );
});

test("a job that was lost on its way in still has its chance, however often that was", async () => {
  await using world = await startChances(2);
  await world.chances.enter(lost("a", 2).job, "token");
  await expect(world.chances.enter(lost("b", 2).job, "token")).rejects.toThrow(DelayedError);
  await world.another().enter(lost("b", 4).job, "token");
});

test("a job that ran alone and is tried again may run once more", async () => {
  await using world = await startChances(2);
  await world.chances.enter(lost("a", 2).job, "token");
  world.chances.leave("a", "token");
  await world.chances.enter(lost("a", 2).job, "token");
});

test("a job that ran alone and is tried again may be lost on its way in", async () => {
  await using world = await startChances(2);
  const { chances } = world;
  await chances.enter(lost("a", 2).job, "token");
  chances.leave("a", "token");
  await chances.enter(lost("b", 2).job, "token");
  await expect(chances.enter(lost("a", 2).job, "token")).rejects.toThrow(DelayedError);
  await world.another().enter(lost("a", 3).job, "token");
});

test("a run of a job that is over says nothing of another run of the same job", async () => {
  await using world = await startChances(2);
  const { chances } = world;
  await chances.enter(lost("a", 2).job, "token");
  chances.leave("a", "of another run");
  await expect(chances.enter(lost("b", 2).job, "token")).rejects.toThrow(DelayedError);
});
