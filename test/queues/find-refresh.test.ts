import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { findRefresh } from "../../src/queues/find-refresh.ts";
import { openQueues } from "../../src/queues/open.ts";
import { RetryAt } from "../../src/queues/retry.ts";
import { payload, startJobs } from "../helpers/jobs.ts";

async function start() {
  const jobs = await startJobs();
  const connection = jobs.impatient();
  if (connection.status !== "ready") await once(connection, "ready");
  const queues = openQueues({ connection, logger: jobs.logger });
  return {
    jobs,
    queue: await jobs.queue(),
    find: (wanted: ReturnType<typeof payload>) => findRefresh(queues, wanted),
    async [Symbol.asyncDispose]() {
      await queues.close();
      await jobs[Symbol.asyncDispose]();
    },
  };
}

test("a job that waits is found by what it is about, and no other", async () => {
  await using world = await start();
  const wanted = payload();
  const { jobId } = await world.queue.enqueue(wanted);
  expect(await world.find(wanted)).toEqual({
    id: jobId,
    state: "waiting",
    attempts: 0,
    mostAttempts: 3,
  });
  expect(await world.find(payload())).toBeUndefined();
});

test("a job whose source asked to wait tells until when", async () => {
  await using world = await start();
  const wanted = payload();
  const at = Date.now() + 600_000;
  world.jobs.worker(async () => {
    throw new RetryAt(at);
  });
  await world.queue.enqueue(wanted);
  await vi.waitFor(async () =>
    expect(await world.find(wanted)).toMatchObject({ state: "delayed", attempts: 1 }),
  );
  const { notBefore = 0 } = (await world.find(wanted)) ?? {};
  expect(notBefore).toBeGreaterThan(at - 10_000);
  expect(notBefore).toBeLessThan(at + 120_000);
});

test("a job that failed and will be tried again tells why, without secrets", async () => {
  await using world = await start();
  const wanted = payload();
  world.jobs.worker(async () => {
    throw new Error("No answer from http://user:s3cret@source.example/a?b=c");
  });
  const queue = await world.jobs.queue({ backoffMs: 60_000 });
  await queue.enqueue(wanted);
  await vi.waitFor(async () =>
    expect(await world.find(wanted)).toMatchObject({ state: "delayed" }),
  );
  expect((await world.find(wanted))?.failure).toBe(
    "No answer from http://[redacted]@source.example/a?…",
  );
});

test("a job that is done is no next refresh", async () => {
  await using world = await start();
  const wanted = payload();
  world.jobs.worker(async () => ({ outcome: "stored" }));
  await world.queue.enqueue(wanted);
  await vi.waitFor(async () => expect(await world.find(wanted)).toBeUndefined());
});
