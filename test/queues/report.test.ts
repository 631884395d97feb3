import { expect, test } from "vitest";
import { isCancelKey } from "../../src/queues/cancel-key.ts";
import { joinStep } from "../../src/queues/lane-scripts.ts";
import { EnqueueError } from "../../src/queues/refresh.ts";
import { createReportQueue } from "../../src/queues/report.ts";
import { NeverRetry } from "../../src/queues/retry.ts";
import { startRedis } from "../helpers/redis.ts";
import {
  ONE_AT_A_TIME,
  type ReportPayload,
  reportsAbout,
  startReports,
} from "../helpers/reports.ts";

const COMPLETE = { outcome: "complete" } as const;
const ANNA = reportsAbout("anna")[0] as ReportPayload;

test("twenty that ask at once for the same report get one job between them, and one of them made it", async () => {
  await using reports = await startReports();
  const asked = await Promise.all(Array.from({ length: 20 }, () => reports.enqueue(ANNA)));
  expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
  expect(asked.filter(({ joined }) => !joined)).toHaveLength(1);
  expect(asked.every(({ position }) => position === 0)).toBe(true);
  expect(await reports.tickets("anna")).toEqual([asked[0]?.id]);
});

test("an id is a UUID that nobody can guess, and only whoever made the job gets the key to cancel it", async () => {
  await using reports = await startReports();
  const { id, cancelKey = "" } = await reports.enqueue(ANNA);
  expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(isCancelKey(cancelKey, id)).toBe(true);
  const joiner = await reports.enqueue(ANNA);
  expect(joiner).toMatchObject({ id, joined: true });
  expect(joiner).not.toHaveProperty("cancelKey");
});

test.each([
  ["the case of the login", { login: "ANNA" }, true],
  ["the credential to ask with", { credential: "sealed:abc" }, true],
  ["the first day", { since: "2020-01-02" }, false],
  ["the last day", { until: "2026-02-01" }, false],
  ["an option", { starIncrease: true }, false],
  ["the user", { login: "bert" }, false],
])(
  "of two reports that differ in %s the second one joins the first: %#",
  async (_what, change, joins) => {
    await using reports = await startReports();
    const first = await reports.enqueue(ANNA);
    const second = await reports.enqueue({ ...ANNA, ...change });
    expect(second.joined).toBe(joins);
    expect(second.id === first.id).toBe(joins);
  },
);

test("each further report about a user stands one place behind, and those of others stand in front of their own lane", async () => {
  await using reports = await startReports();
  const positions = [];
  for (const payload of reportsAbout("anna", 4))
    positions.push((await reports.enqueue(payload)).position);
  expect(positions).toEqual([0, 1, 2, 3]);
  expect((await reports.enqueue({ ...ANNA, login: "bert" })).position).toBe(0);
});

test("whoever joins a report that waits is told where it stands", async () => {
  await using reports = await startReports();
  const [first, second] = reportsAbout("anna", 2);
  await reports.enqueue(first as ReportPayload);
  const { id } = await reports.enqueue(second as ReportPayload);
  expect(await reports.enqueue(second as ReportPayload)).toEqual({ id, joined: true, position: 1 });
  expect(await reports.queue.position(id)).toBe(1);
});

test("the first report waits to be run and the next for its turn", async () => {
  await using reports = await startReports();
  const [first, second] = reportsAbout("anna", 2);
  const { id: head } = await reports.enqueue(first as ReportPayload);
  const { id: next } = await reports.enqueue(second as ReportPayload);
  expect(await reports.state(head)).toBe("waiting");
  expect(await reports.state(next)).toBe("delayed");
});

test("there is no position for a job that nobody knows, and none for one that has ended", async () => {
  await using reports = await startReports();
  expect(await reports.queue.position("d2719c5e-0000-4000-8000-000000000000")).toBeUndefined();
  reports.worker(async () => COMPLETE);
  const { id } = await reports.enqueue(ANNA);
  await expect.poll(() => reports.state(id)).toBe("completed");
  await expect.poll(() => reports.queue.position(id)).toBeUndefined();
});

test("asking again right after the end makes a new job, after a final failure too", async () => {
  await using reports = await startReports();
  let runs = 0;
  reports.worker(async () => {
    runs += 1;
    if (runs === 2) throw new NeverRetry("No such user.");
    return COMPLETE;
  });
  const first = await reports.enqueue(ANNA);
  await expect.poll(() => reports.state(first.id)).toBe("completed");
  const second = await reports.enqueue(ANNA);
  expect(second).toMatchObject({ joined: false, position: 0 });
  await expect.poll(() => reports.state(second.id)).toBe("failed");
  const third = await reports.enqueue(ANNA);
  expect(third).toMatchObject({ joined: false, position: 0 });
  await expect.poll(() => reports.state(third.id)).toBe("completed");
});

test("a lane takes as many as may run and wait, and says so to the next", async () => {
  await using reports = await startReports({ limits: { concurrency: 1, waiting: 2 } });
  const asked = reportsAbout("anna", 4);
  for (const payload of asked.slice(0, 3)) await reports.enqueue(payload);
  const refusal = { refused: "lane-full", there: 3, most: 3 };
  expect(await reports.queue.enqueue(asked[3] as ReportPayload)).toEqual(refusal);
  expect(await reports.enqueue(asked[2] as ReportPayload)).toMatchObject({
    joined: true,
    position: 2,
  });
  expect((await reports.enqueue({ ...ANNA, login: "bert" })).position).toBe(0);
  expect(await reports.inspected.getJobCountByTypes("waiting", "delayed")).toBe(4);
});

test("a crowd that asks at once for different reports fills the lane exactly, and what was refused leaves nothing", async () => {
  await using reports = await startReports({ limits: { concurrency: 1, waiting: 4 } });
  const answers = await Promise.all(
    reportsAbout("anna", 30).map((one) => reports.queue.enqueue(one)),
  );
  expect(answers.filter((answer) => "id" in answer)).toHaveLength(5);
  expect(await reports.tickets("anna")).toHaveLength(5);
  expect(await reports.inspected.getJobCountByTypes("waiting", "delayed")).toBe(5);
  const { lane, lanes, parked } = reports.keys;
  expect((await reports.leftovers()).toSorted()).toEqual([lanes, parked, lane("anna")]);
});

test("a place is free again as soon as a report has ended", async () => {
  await using reports = await startReports({ limits: { concurrency: 1, waiting: 0 } });
  const [one, other] = reportsAbout("anna", 2);
  const { id } = await reports.enqueue(one as ReportPayload);
  expect(await reports.queue.enqueue(other as ReportPayload)).toHaveProperty("refused");
  reports.worker(async () => COMPLETE);
  await expect.poll(() => reports.state(id)).toBe("completed");
  expect(await reports.queue.enqueue(other as ReportPayload)).toHaveProperty("id");
});

test("a Redis that has forgotten all scripts takes reports all the same", async () => {
  await using reports = await startReports();
  const [first, second, third] = reportsAbout("anna", 3);
  await reports.enqueue(first as ReportPayload);
  await reports.client.script("FLUSH");
  expect(await reports.enqueue(second as ReportPayload)).toMatchObject({
    joined: false,
    position: 1,
  });
  await reports.client.script("FLUSH");
  expect(await reports.enqueue(second as ReportPayload)).toMatchObject({ joined: true });
  expect(await reports.enqueue(third as ReportPayload)).toMatchObject({ position: 2 });
});

test("a Redis that has forgotten how jobs are added, and nothing else, takes reports as those of their makers", async () => {
  await using reports = await startReports();
  const [first, second] = reportsAbout("anna", 2);
  await reports.enqueue(first as ReportPayload);
  await reports.client.script("FLUSH");
  const call = { client: reports.client, queue: "report", lane: "anna", limit: 1 };
  expect(await joinStep(call, "unknown", 1)).toEqual(["gone"]);
  expect(await reports.enqueue(second as ReportPayload)).toMatchObject({
    joined: false,
    position: 1,
  });
});

test("asking fails within its limit while Redis is away or silent", async () => {
  await using redis = await startRedis();
  await using reports = await startReports({ url: redis.url });
  const connection = reports.impatient();
  await expect.poll(() => connection.status).toBe("ready");
  const { logger } = reports;
  const queue = createReportQueue({ connection, logger, limits: ONE_AT_A_TIME, limitMs: 50 });
  redis.freeze();
  await expect(queue.enqueue(ANNA)).rejects.toThrow(EnqueueError);
  redis.thaw();
  await redis.kill();
  await expect(queue.enqueue(ANNA)).rejects.toThrow(EnqueueError);
  await redis.restart();
  await queue.close();
});
