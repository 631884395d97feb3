import { expect, test } from "vitest";
import { createFencedScript, isKept, jobFence } from "../../src/redis/fence.ts";
import { queuePrefix } from "../../src/redis/keys.ts";
import { startReports } from "../helpers/reports.ts";

const append = createFencedScript<number>("return redis.call('RPUSH', KEYS[1], ARGV[1])");
const LIST = `${queuePrefix("report")}:test`;

/** A job whose lock holds `token`. */
async function owned(token: string) {
  const reports = await startReports();
  await reports.client.set(reports.lockKey("job"), token);
  const { client } = reports;
  return {
    client,
    fence: jobFence("report", "job", token),
    lose: () => client.set(reports.lockKey("job"), "another"),
    expire: () => client.del(reports.lockKey("job")),
    written: () => client.lrange(LIST, "0", "-1"),
    [Symbol.asyncDispose]: () => reports[Symbol.asyncDispose](),
  };
}

test("the owner of a job writes", async () => {
  await using job = await owned("mine");
  expect(await append(job.client, job.fence, [LIST], ["a"])).toEqual({
    outcome: "written",
    reply: 1,
  });
  expect(await job.written()).toEqual(["a"]);
});

test("a second write of the same job is told that it was done", async () => {
  await using job = await owned("mine");
  await append(job.client, job.fence, [LIST], ["a"]);
  expect(await append(job.client, job.fence, [LIST], ["b"])).toEqual({ outcome: "already" });
  expect(await job.written()).toEqual(["a"]);
});

test.each(["lose", "expire"] as const)(
  "nothing is written after the lock did %s",
  async (event) => {
    await using job = await owned("mine");
    await job[event]();
    expect(await append(job.client, job.fence, [LIST], ["a"])).toEqual({ outcome: "lost" });
    expect(await job.written()).toEqual([]);
  },
);

test("a write that fails may be tried again", async () => {
  await using job = await owned("mine");
  await job.client.set(LIST, "not a list");
  await expect(append(job.client, job.fence, [LIST], ["a"])).rejects.toThrow("WRONGTYPE");
  await job.client.del(LIST);
  expect(await append(job.client, job.fence, [LIST], ["a"])).toMatchObject({ outcome: "written" });
});

test("what a run wrote is known to be kept, and known to be lost when Redis forgot it", async () => {
  await using job = await owned("mine");
  expect(await isKept(job.client, job.fence)).toBe(true);
  await append(job.client, job.fence, [LIST], ["a"]);
  expect(await isKept(job.client, job.fence)).toBe(true);
  await job.client.del(job.fence.doneKey);
  expect(await isKept(job.client, job.fence)).toBe(false);
});
