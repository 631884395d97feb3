import { expect, test } from "vitest";
import { SetupError } from "../../src/errors.ts";
import { listenForHealth } from "../../src/workers/health.ts";
import type { WorkerHealth } from "../../src/workers/kept.ts";

const FETCHING: WorkerHealth = {
  queue: "refresh",
  state: "fetching",
  lastFetchAt: Date.UTC(2026, 0, 2),
  lastRunAt: 0,
  running: 1,
  concurrency: 8,
  replaced: 0,
};

test.each([
  ["asks for jobs", "fetching", 200, 200],
  ["no longer asks for jobs", "stuck", 503, 503],
  ["has lost its Redis, which a new start would not mend", "away", 200, 503],
] as const)("a process one of whose workers %s says so", async (_what, state, live, ready) => {
  const workers = [FETCHING, { ...FETCHING, queue: "reap", state }];
  const health = await listenForHealth({ host: "127.0.0.1", port: 0, workers: () => workers });
  try {
    const livez = await fetch(`${health.url}/livez`);
    expect([livez.status, (await fetch(`${health.url}/readyz?x`)).status]).toEqual([live, ready]);
    expect(await livez.json()).toMatchObject({
      workers: [{ queue: "refresh", lastFetch: "2026-01-02T00:00:00.000Z" }, { state }],
    });
    expect((await fetch(`${health.url}/`)).status).toBe(404);
    expect((await fetch(`${health.url}/livez`, { method: "POST" })).status).toBe(404);
  } finally {
    await health.close();
  }
});

test("a port that is taken is a fault of the set-up", async () => {
  const first = await listenForHealth({ host: "127.0.0.1", port: 0, workers: () => [] });
  const port = Number(new URL(first.url).port);
  const second = listenForHealth({ host: "127.0.0.1", port, workers: () => [] });
  await expect(second).rejects.toThrow(SetupError);
  await expect(second).rejects.toThrow("WORKER_HEALTH_PORT");
  await first.close();
});
