import { expect, test, vi } from "vitest";
import { gate, payload, startJobs, untilAborted } from "../helpers/jobs.ts";
import { startRedis } from "../helpers/redis.ts";

test("a closing worker hands its job over: another runs it at once, and no attempt is used", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue({ attempts: 1 });
  const started = gate();
  const first = jobs.worker(async (_payload, { signal }) => {
    started.open();
    return untilAborted(signal);
  });
  const { jobId } = await queue.enqueue(payload());
  await started.opened;
  jobs.worker(async () => ({ outcome: "stored" }));
  await first.close();
  await expect.poll(() => jobs.state(jobId)).toBe("completed");
  expect((await jobs.job(jobId))?.attemptsMade).toBe(1);
  expect(jobs.lines.filter(({ id }) => id === jobId)).toMatchObject([
    { outcome: "handed-over", attempts: 0 },
    { outcome: "stored", attempts: 1 },
  ]);
});

test("a job handed over with no other worker there waits, with no attempt used", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue();
  const started = gate();
  const worker = jobs.worker(async (_payload, { signal }) => {
    started.open();
    return untilAborted(signal);
  });
  const { jobId } = await queue.enqueue(payload());
  await started.opened;
  await worker.close();
  expect(await jobs.state(jobId)).toBe("waiting");
  expect((await jobs.job(jobId))?.attemptsMade).toBe(0);
});

test("a closing worker lets a job finish that ends within the grace, and starts no other", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue();
  const started = gate();
  const end = gate();
  const worker = jobs.worker(
    async () => {
      started.open();
      await end.opened;
      return { outcome: "stored" };
    },
    { graceMs: 60_000, concurrency: 1 },
  );
  const running = await queue.enqueue(payload());
  const waiting = await queue.enqueue(payload());
  await started.opened;
  const closed = worker.close();
  end.open();
  await closed;
  expect(await jobs.state(running.jobId)).toBe("completed");
  expect(await jobs.state(waiting.jobId)).toBe("waiting");
});

test("the end of patience from outside cuts the grace short", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue();
  const started = gate();
  const worker = jobs.worker(
    async (_payload, { signal }) => {
      started.open();
      return untilAborted(signal);
    },
    { graceMs: 60_000 },
  );
  const { jobId } = await queue.enqueue(payload());
  await started.opened;
  const cutOff = new AbortController();
  const closed = worker.close(cutOff.signal);
  cutOff.abort();
  await closed;
  expect(await jobs.state(jobId)).toBe("waiting");
});

test("a worker closes although its job does not heed the signal, and says so", async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue();
  const started = gate();
  const end = gate();
  const worker = jobs.worker(async () => {
    started.open();
    await end.opened;
    return { outcome: "stored" };
  });
  await queue.enqueue(payload());
  await started.opened;
  await worker.close();
  expect(jobs.lines).toContainEqual(
    expect.objectContaining({ level: "warn", msg: expect.stringContaining("did not end in time") }),
  );
  end.open();
});

test.each(["while it waits for jobs", "before it ever connected"])(
  "a worker closes when Redis is gone %s",
  async (when) => {
    await using redis = await startRedis();
    if (when.startsWith("before")) await redis.kill();
    await using jobs = await startJobs({ url: redis.url });
    const connection = jobs.patient();
    const worker = jobs.worker(async () => ({ outcome: "stored" }), { connection });
    if (!when.startsWith("before")) {
      await vi.waitFor(async () => expect(await jobs.inspected.getWorkersCount()).toBe(1));
      await redis.kill();
      await vi.waitFor(() => expect(connection.status).not.toBe("ready"));
    }
    await worker.close();
  },
);
