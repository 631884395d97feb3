import { expect, test, vi } from "vitest";
import { createCancelKey } from "../../src/queues/cancel-key.ts";
import { NeverRetry } from "../../src/queues/retry.ts";
import { startJobPlane } from "../helpers/job-plane.ts";
import { gate, untilAborted } from "../helpers/jobs.ts";
import { startRedis } from "../helpers/redis.ts";

const COMPLETE = { outcome: "complete" } as const;
const UNKNOWN = createCancelKey().id;

test("the status of a job tells from its start to its end where it stands, and then where its result is", async () => {
  await using plane = await startJobPlane();
  const { path } = await plane.make("anna");
  const read = async () => JSON.parse((await plane.ask(path)).text);
  expect(await read()).toMatchObject({
    queue: "report",
    state: "waiting",
    position: 0,
    attempt: 0,
  });
  const middle = gate();
  plane.reports.worker(async (_, { progress }) => {
    progress({ step: "reading repositories" });
    await middle.opened;
    return COMPLETE;
  });
  await vi.waitFor(async () =>
    expect(await read()).toMatchObject({
      state: "active",
      attempt: 1,
      mostAttempts: 3,
      progress: { step: "reading repositories" },
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    }),
  );
  middle.open();
  await vi.waitFor(async () => expect((await read()).state).toBe("completed"));
  const { status, headers, text } = await plane.ask(path);
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    "content-type": "application/json",
    "cache-control": "private, no-cache",
    vary: "Accept",
  });
  expect(headers).not.toHaveProperty("retry-after");
  expect(JSON.parse(text)).toMatchObject({
    outcome: "complete",
    result: "/reports/anna",
    finishedAt: expect.any(String),
    status: path,
  });
});

test("a second report about a user is told its place in the lane", async () => {
  await using plane = await startJobPlane();
  const middle = gate();
  plane.reports.worker(async () => {
    await middle.opened;
    return COMPLETE;
  });
  const first = await plane.make("anna");
  await vi.waitFor(async () => expect((await plane.ask(first.path)).text).toContain('"active"'));
  const second = await plane.make("anna", "?since=2020-02-02");
  const third = await plane.make("anna", "?since=2020-03-03");
  const read = async (path: string) => JSON.parse((await plane.ask(path)).text);
  expect(await read(second.path)).toMatchObject({ state: "queued", position: 1 });
  expect(await read(third.path)).toMatchObject({ state: "queued", position: 2 });
  expect(await read(third.path)).not.toHaveProperty("startedAt");
  expect((await plane.make("anna", "?since=2020-03-03")).id).toBe(third.id);
  middle.open();
  await vi.waitFor(async () => expect((await read(third.path)).state).toBe("completed"));
});

test("a client that polls sends the entity tag and gets 304 until something has changed", async () => {
  await using plane = await startJobPlane();
  const { path } = await plane.make("anna");
  const first = await plane.ask(path);
  const etag = first.headers.etag as string;
  expect(Number(first.headers["retry-after"])).toBeGreaterThan(0);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const again = await plane.ask(path, { headers: { "if-none-match": known } });
    expect(again).toMatchObject({ status: 304, text: "", headers: { etag } });
    expect(again.headers["retry-after"]).toBe(first.headers["retry-after"]);
  }
  plane.reports.worker(async () => COMPLETE);
  await vi.waitFor(async () => {
    const changed = await plane.ask(path, { headers: { "if-none-match": etag } });
    expect(changed.status).toBe(200);
  });
});

test("HEAD is answered as GET without the body", async () => {
  await using plane = await startJobPlane();
  const { path } = await plane.make("anna");
  const [get, head] = [await plane.ask(path), await plane.ask(path, { method: "HEAD" })];
  expect(head).toMatchObject({ status: 200, text: "" });
  for (const name of ["etag", "content-length", "content-type", "retry-after"])
    expect(head.headers[name]).toBe(get.headers[name]);
});

test.each(["POST", "PUT", "PATCH", "OPTIONS", "PROPFIND"])(
  "%s on a job is answered with 405 and what it takes",
  async (method) => {
    await using plane = await startJobPlane();
    const { status, headers, text } = await plane.ask(`/jobs/${UNKNOWN}`, { method });
    expect(status).toBe(405);
    expect(headers.allow).toBe("GET, HEAD, DELETE");
    expect(JSON.parse(text).type).toBe("urn:warmfront:problem:method-not-allowed");
  },
);

test.each([UNKNOWN, "1", "repeat:reap:1", "..%2fqueues", `${UNKNOWN}/x`, ""])(
  "no job is called %j",
  async (id) => {
    await using plane = await startJobPlane();
    const { status, headers, text } = await plane.ask(`/jobs/${id}`);
    expect(status).toBe(404);
    expect(headers["content-type"]).toBe("application/problem+json");
    expect(JSON.parse(text).type).toBe("urn:warmfront:problem:unknown-job");
  },
);

test("a path below /jobs/ that can be no job's is left to a route that claims it, and that of a job is not", async () => {
  await using plane = await startJobPlane({ passOn: true });
  expect((await plane.ask("/jobs/openings")).text).toBe("elsewhere");
  expect((await plane.ask("/jobsearch")).text).toBe("elsewhere");
  expect((await plane.ask(`/jobs/${UNKNOWN}`)).status).toBe(404);
});

test("jobs of other queues are unknown, whoever knows their id", async () => {
  await using plane = await startJobPlane();
  const { Queue } = await import("bullmq");
  const { queuePrefix } = await import("../../src/redis/keys.ts");
  const other = new Queue("refresh", {
    connection: plane.reports.client,
    prefix: queuePrefix("refresh"),
  });
  await other.add("refresh", { route: "/a", key: "k" }, { jobId: UNKNOWN });
  expect((await plane.ask(`/jobs/${UNKNOWN}`)).status).toBe(404);
  await other.close();
});

test("a job that was removed is unknown", async () => {
  await using plane = await startJobPlane();
  const { id, path } = await plane.make("anna");
  await plane.reports.inspected.remove(id);
  expect((await plane.ask(path)).status).toBe(404);
});

test("a failed job tells its reason when it is meant for people, and never what is inside", async () => {
  await using plane = await startJobPlane();
  plane.reports.worker(async ({ login }) => {
    if (login === "anna") throw new NeverRetry("GitHub knows no user of this name.");
    throw new Error("connect ECONNREFUSED 10.1.2.3:6379 with s3cret");
  });
  const told = await plane.make("anna");
  const read = async (path: string) => JSON.parse((await plane.ask(path)).text);
  await vi.waitFor(async () =>
    expect(await read(told.path)).toMatchObject({
      state: "failed",
      reason: "GitHub knows no user of this name.",
    }),
  );
  const untold = await plane.make("bert");
  await vi.waitFor(async () => expect((await read(untold.path)).state).toBe("delayed"));
  const { text } = await plane.ask(untold.path);
  expect(text).not.toMatch(/ECONN|10\.1|s3cret/);
  expect(JSON.parse(text)).toMatchObject({
    reason: expect.stringMatching(/^The last run failed/),
    nextRunAt: expect.any(String),
  });
});

test("whoever made a job cancels it with its key, once and again, before and while it runs", async () => {
  await using plane = await startJobPlane();
  plane.reports.worker(async (_, { signal }) => untilAborted(signal));
  const running = await plane.make("anna");
  const read = async (path: string) => JSON.parse((await plane.ask(path)).text).state;
  await vi.waitFor(async () => expect(await read(running.path)).toBe("active"));
  const queued = await plane.make("anna", "?since=2020-02-02");
  for (const { path, cancelKey } of [queued, running]) {
    const headers = { authorization: `Bearer ${cancelKey}` };
    const first = await plane.ask(path, { method: "DELETE", headers });
    expect(first.status).toBe(202);
    expect(first.headers.location).toBe(path);
    await vi.waitFor(async () => expect(await read(path)).toBe("cancelled"));
    expect((await plane.ask(path, { method: "DELETE", headers })).status).toBe(200);
  }
  expect(JSON.parse((await plane.ask(queued.path)).text).reason).toBe("It was cancelled.");
});

test("nobody else cancels a job: no key, another job's key, what is not a key", async () => {
  await using plane = await startJobPlane();
  const { path, id } = await plane.make("anna");
  const other = await plane.make("bert");
  const joined = JSON.parse((await plane.post("anna")).text);
  expect(joined).toMatchObject({ id, joined: true });
  expect(joined).not.toHaveProperty("cancelKey");
  const without = await plane.ask(path, { method: "DELETE" });
  expect(without.status).toBe(401);
  expect(without.headers["www-authenticate"]).toBe('Bearer realm="job"');
  for (const authorization of [`Bearer ${other.cancelKey}`, `Bearer ${id}`]) {
    const answer = await plane.ask(path, { method: "DELETE", headers: { authorization } });
    expect(answer.status).toBe(403);
  }
  expect(JSON.parse((await plane.ask(path)).text).state).toBe("waiting");
});

test("a job that has ended cannot be cancelled any more", async () => {
  await using plane = await startJobPlane();
  plane.reports.worker(async () => COMPLETE);
  const { path, cancelKey } = await plane.make("anna");
  await vi.waitFor(async () => expect((await plane.ask(path)).text).toContain('"completed"'));
  const headers = { authorization: `Bearer ${cancelKey}` };
  const answer = await plane.ask(path, { method: "DELETE", headers });
  expect(answer.status).toBe(409);
  expect(JSON.parse(answer.text).type).toBe("urn:warmfront:problem:job-ended");
});

test("while Redis is away a job's status is 503 with a hint, and back with it", async () => {
  await using redis = await startRedis({ args: ["--appendonly", "yes"] });
  await using plane = await startJobPlane({ url: redis.url });
  const { path, cancelKey } = await plane.make("anna");
  await redis.kill();
  const headers = { authorization: `Bearer ${cancelKey}` };
  for (const more of [{}, { method: "DELETE", headers }]) {
    const answer = await plane.ask(path, more);
    expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
    expect(JSON.parse(answer.text).type).toBe("urn:warmfront:problem:queue-away");
  }
  await redis.restart();
  await vi.waitFor(async () => expect((await plane.ask(path)).status).toBe(200));
});
