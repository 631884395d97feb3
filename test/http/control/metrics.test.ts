import { expect, test } from "vitest";
import { writeBeat } from "../../../src/queues/beats.ts";
import { addReapTotals } from "../../../src/queues/reap-totals.ts";
import { upsertSchedules } from "../../../src/queues/schedules.ts";
import { connectForWorkers } from "../../../src/redis/connect.ts";
import { startControlPlane } from "../../helpers/control-plane.ts";
import { startFront } from "../../helpers/front.ts";

const NOW = Date.now();

async function open() {
  const front = await startFront({ freshness: { freshForMs: 3_600_000 } });
  const control = await startControlPlane(front);
  return {
    front,
    control,
    /** Every sample, by name and labels. */
    async scrape(): Promise<Map<string, number>> {
      const { text } = await control.get("/metrics");
      const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      return new Map(
        lines.map((line) => [line.replace(/ \S+$/, ""), Number(line.split(" ").at(-1))]),
      );
    },
    async [Symbol.asyncDispose]() {
      await control[Symbol.asyncDispose]();
      await front[Symbol.asyncDispose]();
    },
  };
}

test("requests are counted by route and outcome, hits from memory among them, and never by path", async () => {
  await using t = await open();
  t.front.origin.answers({ headers: { "Cache-Control": "max-age=60" }, body: "12345" });
  for (const path of ["/a?secret", "/a?secret", "/a?secret", "/b"]) await t.front.ask(path);
  t.front.origin.answers({ status: 503 });
  await t.front.ask("/c");
  const samples = await t.scrape();
  const route = [...samples.keys()].find((key) => key.includes('outcome="hit"')) ?? "";
  const id = /route="([^"]*)"/.exec(route)?.[1];
  const requests = (outcome: string) =>
    samples.get(`warmfront_http_requests_total{route="${id}",outcome="${outcome}"}`);
  expect(requests("hit")).toBe(2);
  expect(requests("uri-miss")).toBe(3);
  const duration = `warmfront_http_request_duration_seconds`;
  const labels = `route="${id}",outcome="hit"`;
  expect(samples.get(`${duration}_bucket{${labels},le="+Inf"}`)).toBe(2);
  expect(samples.get(`${duration}_count{${labels}}`)).toBe(2);
  expect(samples.get(`${duration}_sum{${labels}}`)).toBeGreaterThan(0);
  expect(samples.get(`warmfront_http_response_bytes_total{${labels}}`)).toBe(10);
  const { text } = await t.control.get("/metrics");
  expect(text).not.toMatch(/secret|"\/[abc]"/);
});

test("sources are counted by status and by fault, stores by whether they answer", async () => {
  await using t = await open();
  const source = new URL(t.front.origin.url).host;
  await t.front.ask("/a");
  t.front.origin.answers({ status: 503 });
  await t.front.ask("/b");
  await t.front.origin.stop();
  await t.front.ask("/c");
  const samples = await t.scrape();
  const responses = (status: string) =>
    samples.get(`warmfront_source_responses_total{source="${source}",status="${status}"}`);
  expect([responses("2xx"), responses("5xx")]).toEqual([1, 1]);
  expect(samples.get(`warmfront_source_failures_total{source="${source}",fault="refused"}`)).toBe(
    1,
  );
  expect(samples.get('warmfront_store_up{role="queue"}')).toBe(1);
  expect(samples.get('warmfront_store_reads_total{result="absent"}')).toBeGreaterThan(0);
  expect(samples.get("process_cpu_seconds_total")).toBeGreaterThan(0);
});

test("a source that wants to be left alone is told of, and is not taken for one that fails too often", async () => {
  await using t = await open();
  const source = t.front.origin.url;
  const read = async (name: string) =>
    (await t.scrape()).get(`warmfront_source_${name}{source="${source}"}`);
  t.front.origin.answers({ status: 503, headers: { "Retry-After": "60" } });
  await t.front.ask("/a");
  expect([await read("breaker_open"), await read("resting")]).toEqual([0, 1]);
});

test("jobs, workers, schedules and the reaper are told for the whole fleet", async () => {
  await using t = await open();
  const { logger } = t.front.parts;
  const connection = connectForWorkers(t.front.queueTarget, { role: "queue", logger });
  const timing = { pattern: "17 3 * * *", timeZone: "UTC" };
  await upsertSchedules({ connection, logger }, [
    { name: "reap", queue: "reap", timing, payload: { dryRun: true } },
  ]);
  const worker = { queue: "reap", state: "fetching" as const, running: 1, concurrency: 4 };
  const workers = [{ ...worker, lastFetchAt: NOW, replaced: 2 }];
  for (const id of ["a", "b"])
    await writeBeat(connection, { id, host: "h", pid: 1, startedAt: NOW, workers });
  const summary = { run: "r", mode: "apply", outcome: "finished", startedAt: NOW } as const;
  const figures = { durationMs: 1_500, scanned: 5, judged: 5, cleaned: 2, kept: 2, waiting: 1 };
  const run = {
    ...{ ...summary, ...figures, keysRemoved: 9, requests: 3, errors: { "forge-down": 1 } },
    verdicts: { alive: 2, "repo-missing": 3 },
    removed: { "repo-missing": 2 },
    redisMemory: { before: 100, after: 90 },
  };
  for (let i = 0; i < 2; i++) await addReapTotals(connection, [run as never], NOW);
  connection.disconnect();
  expect(Object.fromEntries(await t.scrape())).toMatchObject({
    'warmfront_jobs{queue="reap",state="delayed"}': 1,
    'warmfront_workers{queue="reap",state="fetching"}': 2,
    'warmfront_worker_places{queue="reap",place="taken"}': 2,
    'warmfront_worker_places{queue="reap",place="all"}': 8,
    'warmfront_worker_last_fetch_timestamp_seconds{queue="reap"}': NOW / 1_000,
    'warmfront_worker_replacements{queue="reap"}': 4,
    'warmfront_schedule_next_run_timestamp_seconds{schedule="reap"}': expect.any(Number),
    'warmfront_reap_runs_total{mode="apply",outcome="finished"}': 2,
    'warmfront_reap_removed_total{mode="apply",verdict="repo-missing"}': 4,
    'warmfront_reap_kept_total{mode="apply",verdict="repo-missing"}': 2,
    'warmfront_reap_kept_total{mode="apply",verdict="alive"}': 4,
    'warmfront_reap_errors_total{mode="apply",error="forge-down"}': 2,
    'warmfront_reap_duration_seconds_total{mode="apply"}': 3,
    'warmfront_reap_last_success_timestamp_seconds{mode="apply"}': NOW / 1_000,
    'warmfront_reap_redis_memory_bytes{mode="apply",when="after"}': 90,
  });
});

test("without the queue's Redis there are the metrics of the process", async () => {
  await using t = await open();
  await t.front.redis.kill();
  const samples = await t.scrape();
  expect(samples.get('warmfront_store_up{role="queue"}')).toBe(0);
  expect([...samples.keys()].filter((key) => key.startsWith("warmfront_jobs"))).toEqual([]);
});
