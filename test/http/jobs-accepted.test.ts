import { request } from "node:http";
import { expect, test, vi } from "vitest";
import { NeverRetry } from "../../src/queues/retry.ts";
import { startJobPlane } from "../helpers/job-plane.ts";
import { gate } from "../helpers/jobs.ts";

const COMPLETE = { outcome: "complete" } as const;

test("work that was put on a queue is answered with 202, where its status is, and the key to cancel it", async () => {
  await using plane = await startJobPlane();
  const { status, headers, text } = await plane.post("anna");
  const body = JSON.parse(text);
  expect(status).toBe(202);
  expect(headers).toMatchObject({
    location: body.status,
    "retry-after": "1",
    "cache-control": "no-store",
    vary: "Prefer",
  });
  expect(headers).not.toHaveProperty("preference-applied");
  expect(body).toEqual({
    id: expect.any(String),
    queue: "report",
    joined: false,
    position: 0,
    status: `/jobs/${body.id}`,
    result: "/reports/anna",
    cancelKey: expect.any(String),
  });
  expect((await plane.ask(body.status)).status).toBe(200);
});

test("the second to ask for the same joins the first, and learns its place", async () => {
  await using plane = await startJobPlane();
  const first = JSON.parse((await plane.post("anna")).text);
  const other = JSON.parse((await plane.post("anna", {}, "?since=2020-02-02")).text);
  const again = JSON.parse((await plane.post("anna", {}, "?since=2020-02-02")).text);
  expect(other).toMatchObject({ joined: false, position: 1 });
  expect(again).toMatchObject({ id: other.id, joined: true, position: 1 });
  expect(again.id).not.toBe(first.id);
});

test("with Prefer: wait the answer is the result when it comes in time", async () => {
  await using plane = await startJobPlane();
  plane.reports.worker(async () => COMPLETE);
  const { status, headers } = await plane.post("anna", { prefer: "respond-async, wait=20" });
  expect(status).toBe(303);
  expect(headers).toMatchObject({ location: "/reports/anna", "preference-applied": "wait=20" });
});

test("with Prefer: wait it is 202 when the time is over, and no later", async () => {
  await using plane = await startJobPlane();
  const startedAt = performance.now();
  const { status, headers } = await plane.post("anna", { prefer: "wait=1, respond-async" });
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1_000);
  expect(status).toBe(202);
  expect(headers["preference-applied"]).toBe("respond-async, wait=1");
});

test("nobody waits longer than allowed, and is told how long was granted", async () => {
  await using plane = await startJobPlane({ longestWaitMs: 1_000 });
  const { status, headers } = await plane.post("anna", { prefer: "wait=900" });
  expect(status).toBe(202);
  expect(headers["preference-applied"]).toBe("wait=1");
});

test("a job that fails in time is answered with where its status is", async () => {
  await using plane = await startJobPlane();
  plane.reports.worker(async () => {
    throw new NeverRetry("GitHub knows no user of this name.");
  });
  const { status, headers } = await plane.post("anna", { prefer: "wait=20" });
  expect(status).toBe(303);
  const told = await plane.ask(headers.location as string);
  expect(JSON.parse(told.text)).toMatchObject({ state: "failed" });
});

test.each([
  "wait=0",
  "wait=-1",
  "wait=x",
  "wait",
  "await=5",
  "return=minimal",
  "wait=1e3",
  ";wait=5",
])("Prefer: %s waits for nothing", async (prefer) => {
  await using plane = await startJobPlane();
  const { status, headers } = await plane.post("anna", { prefer });
  expect(status).toBe(202);
  expect(headers).not.toHaveProperty("preference-applied");
});

test.each(['wait="1"', "WAIT=1", "wait = 1", "return=minimal, wait=1; x=y", "wait=1, wait=30"])(
  "Prefer: %s waits for a second at most",
  async (prefer) => {
    await using plane = await startJobPlane();
    plane.reports.worker(async () => COMPLETE);
    expect((await plane.post("anna", { prefer })).headers["preference-applied"]).toBe("wait=1");
  },
);

test("without room to wait the answer comes at once and says that nobody waited", async () => {
  await using plane = await startJobPlane({ limits: { watchers: 0, watchersPerClient: 1 } });
  const { status, headers } = await plane.post("anna", { prefer: "wait=30" });
  expect(status).toBe(202);
  expect(headers).not.toHaveProperty("preference-applied");
});

test("a client that goes while it waits gives its room back, and a stop answers those who wait", async () => {
  await using plane = await startJobPlane({ limits: { watchers: 1, watchersPerClient: 1 } });
  const gone = request(`${plane.url}/reports/anna`, {
    method: "POST",
    headers: { prefer: "wait=30" },
    agent: false,
  });
  gone.on("error", () => undefined);
  gone.end();
  const crowded = async () => {
    const { headers } = await plane.post("bert", { prefer: "wait=1" });
    return headers["preference-applied"] === undefined;
  };
  await vi.waitFor(async () => expect(await crowded()).toBe(true));
  gone.destroy();
  await vi.waitFor(async () => expect(await crowded()).toBe(false));
  const waiting = plane.post("anna", { prefer: "wait=30" });
  await vi.waitFor(async () => expect(await crowded()).toBe(true));
  plane.stop();
  expect((await waiting).status).toBe(202);
});

test("everybody who waits for one job is answered with its result", async () => {
  await using plane = await startJobPlane();
  const middle = gate();
  plane.reports.worker(async () => {
    await middle.opened;
    return COMPLETE;
  });
  const waiting = Array.from({ length: 20 }, () => plane.post("anna", { prefer: "wait=20" }));
  await vi.waitFor(async () => expect(await plane.reports.inspected.getActiveCount()).toBe(1));
  middle.open();
  const answers = await Promise.all(waiting);
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(303));
});
