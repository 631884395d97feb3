import { expect, test, vi } from "vitest";
import { NeverRetry } from "../../../src/queues/retry.ts";
import { payload } from "../../helpers/jobs.ts";
import { startRedis } from "../../helpers/redis.ts";
import { startControl } from "./start.ts";

const LIST = "/board/api/queues?activeQueue=refresh&status=latest&page=1&jobsPerPage=10";

test("the board lists the refresh queue with its jobs", async () => {
  await using control = await startControl();
  const queue = await control.jobs.queue();
  const { jobId } = await queue.enqueue(payload(), { delayMs: 60_000 });
  const answer = await control.ask(LIST);
  expect(answer.status).toBe(200);
  const { queues } = JSON.parse(answer.body) as { queues: { name: string }[] };
  expect(queues.find(({ name }) => name === "refresh")).toMatchObject({
    counts: { delayed: 1 },
    jobs: [{ id: jobId }],
  });
});

test("nothing on the board holds a secret, wherever in a job it stands", async () => {
  await using control = await startControl();
  const { inspected } = control.jobs;
  const text = "GET /a?s3cret with Bearer s3cret from http://u:s3cret@host";
  const data = { route: text, token: "s3cret", deep: [{ password: "s3cret", key: text }] };
  const job = await inspected.add(text, data, { deduplication: { id: text } });
  await job.updateProgress({ step: text });
  await job.log(text);
  control.jobs.worker(async () => ({ outcome: "stored" }));
  await expect.poll(() => control.jobs.state(job.id as string)).toBe("failed");
  await control.jobs.patient().hset(inspected.toKey(job.id as string), {
    failedReason: text,
    stacktrace: JSON.stringify([text]),
    returnvalue: JSON.stringify({ detail: text, apiKey: "s3cret" }),
  });
  const paths = ["", "/logs", "/flow"].map((part) => `/board/api/queues/refresh/${job.id}${part}`);
  for (const path of [LIST, ...paths]) {
    const { status, body } = await control.ask(path);
    expect(status).toBe(200);
    expect(body).not.toContain("s3cret");
  }
  const listed = JSON.parse((await control.ask(LIST)).body).queues[0].jobs[0];
  expect(listed).toMatchObject({
    name: expect.stringMatching(/^GET \/a\?… with Bearer \[redacted\]/),
    failedReason: expect.stringContaining("[redacted]@host"),
    data: { token: "[redacted]" },
  });
});

test("a failed job is retried from the board", async () => {
  await using control = await startControl();
  const queue = await control.jobs.queue({ attempts: 1 });
  let runs = 0;
  control.jobs.worker(async () => {
    runs += 1;
    if (runs === 1) throw new Error("no");
    return { outcome: "stored" };
  });
  const { jobId } = await queue.enqueue(payload());
  await expect.poll(() => control.jobs.state(jobId)).toBe("failed");
  const retried = await control.ask(`/board/api/queues/refresh/${jobId}/retry`, { method: "PUT" });
  expect(retried.status).toBe(204);
  await expect.poll(() => control.jobs.state(jobId)).toBe("completed");
});

test.each([
  ["a job's data cannot be changed", "PATCH", "update-data", { jobData: { route: "r", key: "x" } }],
  ["no job can be added by hand", "POST", "add", { name: "refresh", data: {}, options: {} }],
])("on the board %s", async (_what, method, action, body) => {
  await using control = await startControl();
  const queue = await control.jobs.queue();
  const wanted = payload();
  const { jobId } = await queue.enqueue(wanted, { delayMs: 60_000 });
  const target = action === "add" ? action : `${jobId}/${action}`;
  const answer = await control.ask(`/board/api/queues/refresh/${target}`, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(403);
  expect(JSON.parse(answer.body).message).toMatch(/by hand|edited/);
  expect((await control.jobs.job(jobId))?.data).toEqual(wanted);
  expect(await control.jobs.inspected.count()).toBe(1);
});

test("the board shows no details of Redis and no link to its documentation", async () => {
  await using control = await startControl();
  expect(await control.ask("/board/api/redis/stats")).toMatchObject({ status: 403 });
  const { body } = await control.ask("/board");
  expect(body).toContain('"hideDocsLink":true');
  expect(body).toContain('"hideRedisDetails":true');
});

test.each([
  ["killed", (redis: Awaited<ReturnType<typeof startRedis>>) => redis.kill()],
  ["frozen", (redis: Awaited<ReturnType<typeof startRedis>>) => redis.freeze()],
])(
  "with Redis %s the board answers 503 to people and to scripts, and comes back with it",
  async (_how, end) => {
    await using redis = await startRedis();
    await using control = await startControl({ redis: redis.url });
    await vi.waitFor(async () => expect((await control.ask(LIST)).status).toBe(200));
    await end(redis);
    const shown = await control.ask("/board", { headers: { accept: "text/html,*/*;q=0.8" } });
    expect(shown).toMatchObject({
      status: 503,
      headers: { "content-type": "text/html; charset=utf-8" },
    });
    expect(shown.body).toContain("cannot be reached");
    const read = await control.ask(LIST, { headers: { accept: "application/json" } });
    expect(read).toMatchObject({
      status: 503,
      headers: { "content-type": "application/problem+json" },
    });
    expect(read.headers["retry-after"]).toBe("5");
    expect((await control.ask("/")).status).toBe(200);
    redis.thaw();
    await redis.restart();
    await vi.waitFor(async () => expect((await control.ask(LIST)).status).toBe(200), {
      timeout: 15_000,
    });
  },
);

test("an answer that Redis leaves hanging becomes a 503", { timeout: 30_000 }, async () => {
  await using redis = await startRedis();
  await using control = await startControl({ redis: redis.url, available: async () => true });
  redis.freeze();
  expect((await control.ask(LIST)).status).toBe(503);
  redis.thaw();
  await vi.waitFor(async () => expect((await control.ask(LIST)).status).toBe(200));
});

test("a body that is not JSON is a fault of the client", async () => {
  await using control = await startControl();
  const answer = await control.ask("/board/api/queues/refresh/concurrency", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: "{",
  });
  expect(answer.status).toBe(400);
});

test("a board that started without Redis works as soon as Redis is there", async () => {
  await using redis = await startRedis();
  await redis.kill();
  await using control = await startControl({ redis: redis.url, redisIsUp: false });
  expect((await control.ask(LIST)).status).toBe(503);
  await redis.restart();
  await vi.waitFor(async () => expect((await control.ask(LIST)).status).toBe(200), {
    timeout: 15_000,
  });
});

test("what waited for its turn when it failed is not shown as waiting", async () => {
  await using control = await startControl();
  const { jobs } = control;
  const queue = await jobs.queue({ attempts: 1 });
  jobs.worker(async (_payload, { progress }) => {
    progress({ step: "queued", position: 1 });
    throw new NeverRetry("Cancelled.");
  });
  const { jobId } = await queue.enqueue(payload());
  await expect.poll(() => jobs.state(jobId)).toBe("failed");
  const shown = await control.ask(`/board/api/queues/refresh/${jobId}`);
  expect(JSON.parse(shown.body)).toMatchObject({
    job: { name: "refresh", progress: { step: "queued" } },
  });
});
