import { expect, test, vi } from "vitest";
import { connectForWorkers } from "../../src/redis/connect.ts";
import { keepWorker } from "../../src/workers/kept.ts";
import { createRefreshWorker } from "../../src/workers/refresh.ts";
import { startJobs } from "../helpers/jobs.ts";

test("a process that was frozen, or whose clock was set, does not take its workers for stuck", async () => {
  await using jobs = await startJobs();
  const target = { kind: "url", url: jobs.url } as const;
  const { logger } = jobs;
  const worker = keepWorker({
    queue: "refresh",
    connect: () => connectForWorkers(target, { role: "queue", logger }),
    start: (connection) =>
      createRefreshWorker({
        ...{ connection, concurrency: 2, graceMs: 0, logger },
        refresh: async () => ({ outcome: "stored" }),
      }),
    logger,
    limitMs: 12_000,
  });
  const { lastFetchAt } = worker.health();
  await vi.waitFor(() => expect(worker.health().lastFetchAt).toBeGreaterThan(lastFetchAt));
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
  expect(worker.health()).toMatchObject({ state: "fetching", replaced: 0 });
  vi.useRealTimers();
  await worker.close();
});
