import { expect, test, vi } from "vitest";
import { connectForWorkers } from "../../src/redis/connect.ts";
import { isStuck } from "../../src/workers/fetching.ts";
import { keepWorker } from "../../src/workers/kept.ts";
import { createRefreshWorker, type RefreshWorkerOptions } from "../../src/workers/refresh.ts";
import { gate, payload, startJobs, untilAborted } from "../helpers/jobs.ts";
import { startTcpProxy } from "../helpers/tcp-proxy.ts";

const LIMIT_MS = 12_000;
const PATIENCE = { timeout: 90_000 };

/** A kept worker whose connections go through a proxy, and a queue that is asked directly. */
async function open(refresh: RefreshWorkerOptions["refresh"], limitMs = LIMIT_MS) {
  const jobs = await startJobs();
  const { port, pathname } = new URL(jobs.url);
  const proxy = await startTcpProxy(Number(port));
  const target = { kind: "url", url: `redis://127.0.0.1:${proxy.port}${pathname}` } as const;
  const worker = keepWorker({
    queue: "refresh",
    connect: () => connectForWorkers(target, { role: "queue", logger: jobs.logger }),
    start: (connection) =>
      createRefreshWorker({ connection, concurrency: 2, graceMs: 0, logger: jobs.logger, refresh }),
    logger: jobs.logger,
    limitMs,
  });
  const { lastFetchAt } = worker.health();
  await vi.waitFor(() => expect(worker.health().lastFetchAt).toBeGreaterThan(lastFetchAt));
  await vi.waitFor(() => expect(proxy.connections).toBe(2));
  return {
    jobs,
    proxy,
    worker,
    queue: await jobs.queue(),
    async [Symbol.asyncDispose]() {
      await worker.close();
      await proxy[Symbol.asyncDispose]();
      await jobs[Symbol.asyncDispose]();
    },
  };
}

test.concurrent(
  "a worker whose connections hang silently is replaced, and its queue goes on",
  PATIENCE,
  async () => {
    await using t = await open(async () => ({ outcome: "stored" }));
    t.proxy.hang();
    const { jobId } = await t.queue.enqueue(payload());
    expect(t.worker.health()).toMatchObject({ state: "fetching", replaced: 0 });
    await expect.poll(() => t.jobs.state(jobId), { timeout: 60_000 }).toBe("completed");
    expect(t.worker.health()).toMatchObject({ state: "fetching", replaced: 1, queue: "refresh" });
    expect(t.jobs.lines).toContainEqual(
      expect.objectContaining({ level: "warn", msg: expect.stringContaining("is replaced") }),
    );
  },
);

test.concurrent(
  "without a watch a connection that hangs is given up too, later",
  PATIENCE,
  async () => {
    await using t = await open(async () => ({ outcome: "stored" }), 3_600_000);
    t.proxy.hang();
    const { jobId } = await t.queue.enqueue(payload());
    await expect.poll(() => t.jobs.state(jobId), { timeout: 60_000 }).toBe("completed");
    expect(t.worker.health()).toMatchObject({ replaced: 0 });
  },
);

test.concurrent(
  "the run of a worker that hangs is aborted, and its job runs again",
  PATIENCE,
  async () => {
    const running = gate();
    let runs = 0;
    const reasons: unknown[] = [];
    await using t = await open(async (_payload, { signal }) => {
      runs += 1;
      if (runs > 1) return { outcome: "stored" };
      running.open();
      await untilAborted(signal).finally(() => reasons.push(signal.reason));
      return { outcome: "stored" };
    });
    const { jobId } = await t.queue.enqueue(payload());
    await running.opened;
    t.proxy.hang();
    await expect.poll(() => t.jobs.state(jobId), { timeout: 80_000 }).toBe("completed");
    expect(runs).toBe(2);
    expect(reasons).toHaveLength(1);
  },
);

test.concurrent(
  "an idle worker and one whose places are all taken are left alone",
  PATIENCE,
  async () => {
    const end = gate();
    await using t = await open(async () => {
      await end.opened;
      return { outcome: "stored" };
    });
    const began = t.worker.health().lastFetchAt;
    await expect
      .poll(() => t.worker.health().lastFetchAt, { timeout: 30_000 })
      .toBeGreaterThan(began + LIMIT_MS);
    await t.queue.enqueue(payload());
    await t.queue.enqueue(payload());
    await expect.poll(() => t.worker.health().running).toBe(2);
    const { concurrency } = t.worker.health();
    expect(concurrency).toBe(2);
    const later = Date.now() + 10 * LIMIT_MS;
    expect(isStuck(t.worker.fetching(), 0, later, LIMIT_MS)).toBe(false);
    end.open();
    await expect.poll(() => t.worker.health().running).toBe(0);
    expect(isStuck(t.worker.fetching(), 0, later, LIMIT_MS)).toBe(true);
    expect(isStuck(t.worker.fetching(), later, later, LIMIT_MS)).toBe(false);
    expect(t.worker.health().replaced).toBe(0);
  },
);
