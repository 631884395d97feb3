import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { JOBS } from "../../src/queues/jobs.ts";
import { gate, payload, RECOVERY_MS, startJobs, untilAborted } from "../helpers/jobs.ts";
import { startRedis } from "../helpers/redis.ts";

/** Recovery, and as much again for a busy machine. */
const PATIENCE_MS = 2 * RECOVERY_MS;

test("the job of a worker that was killed runs again in another one", {
  timeout: PATIENCE_MS + 20_000,
}, async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue({ attempts: 1 });
  const victim = spawn(
    process.execPath,
    ["--import", "tsx", fileURLToPath(new URL("victim.ts", import.meta.url)), jobs.url],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    const wanted = payload();
    const { jobId } = await queue.enqueue(wanted);
    const [said] = await once(victim.stdout, "data");
    expect(String(said)).toBe(`running ${wanted.key}\n`);
    victim.kill("SIGKILL");
    const ran: unknown[] = [];
    jobs.worker(async (given) => {
      ran.push(given);
      return { outcome: "stored" };
    });
    expect(await queue.enqueue(wanted)).toEqual({ jobId, joined: true });
    await expect.poll(() => jobs.state(jobId), { timeout: PATIENCE_MS }).toBe("completed");
    expect(ran).toEqual([wanted]);
    expect(await jobs.job(jobId)).toMatchObject({ attemptsMade: 1, stalledCounter: 1 });
    expect(jobs.lines).toContainEqual(expect.objectContaining({ id: jobId, outcome: "stalled" }));
  } finally {
    victim.kill("SIGKILL");
  }
});

test("work whose lock is lost is told to stop", { timeout: PATIENCE_MS }, async () => {
  await using jobs = await startJobs();
  const queue = await jobs.queue();
  const reasons: unknown[] = [];
  jobs.worker(async (_payload, { signal }) => {
    if (reasons.length > 0) return { outcome: "superseded" };
    await untilAborted(signal).catch(() => reasons.push(signal.reason));
    return { outcome: "stored" };
  });
  const { jobId } = await queue.enqueue(payload());
  await expect.poll(() => jobs.state(jobId)).toBe("active");
  await jobs
    .patient()
    .set(jobs.lockKey(jobId), "another worker", "PX", JOBS.refresh.lockDurationMs);
  await vi.waitFor(() => expect(reasons).toEqual(["lock-lost"]), { timeout: PATIENCE_MS });
});

test("a worker goes on when Redis is killed and comes back, with no job lost", async () => {
  const args = ["--appendonly", "yes", "--appendfsync", "always"];
  await using redis = await startRedis({ args });
  await using jobs = await startJobs({ url: redis.url });
  const queue = await jobs.queue({ backoffMs: 100 });
  const started = gate();
  const end = gate();
  const ran: string[] = [];
  jobs.worker(
    async ({ key }) => {
      started.open();
      await end.opened;
      ran.push(key);
      return { outcome: "stored" };
    },
    { concurrency: 2 },
  );
  const wanted = [1, 2, 3, 4, 5, 6].map(payload);
  const ids: string[] = [];
  for (const each of wanted) ids.push((await queue.enqueue(each)).jobId);
  await started.opened;
  await redis.kill();
  end.open();
  await vi.waitFor(() => expect(ran).toHaveLength(2));
  await redis.restart();
  for (const id of ids) {
    await expect.poll(() => jobs.state(id), { timeout: 15_000 }).toBe("completed");
  }
  expect(new Set(ran)).toEqual(new Set(wanted.map(({ key }) => key)));
  const after = await vi.waitFor(() => queue.enqueue(payload()));
  await expect.poll(() => jobs.state(after.jobId)).toBe("completed");
});

test("a worker that started without Redis works as soon as Redis is there", async () => {
  await using redis = await startRedis();
  await redis.kill();
  await using jobs = await startJobs({ url: redis.url });
  jobs.worker(async () => ({ outcome: "stored" }));
  await redis.restart();
  const queue = await jobs.queue();
  const { jobId } = await queue.enqueue(payload());
  await expect.poll(() => jobs.state(jobId), { timeout: 15_000 }).toBe("completed");
});
