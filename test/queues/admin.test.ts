import { expect, test } from "vitest";
import { cancelJob, listJobs, removeJob, retryJob, showJob } from "../../src/queues/admin.ts";
import { runSchedule } from "../../src/queues/list-schedules.ts";
import { openQueues } from "../../src/queues/open.ts";
import { NeverRetry } from "../../src/queues/retry.ts";
import { upsertSchedules } from "../../src/queues/schedules.ts";
import { gate, payload, startJobs } from "../helpers/jobs.ts";

async function open() {
  const jobs = await startJobs();
  const queues = openQueues({ connection: jobs.patient(), logger: jobs.logger });
  return {
    jobs,
    queues,
    async [Symbol.asyncDispose]() {
      await queues.close();
      await jobs[Symbol.asyncDispose]();
    },
  };
}

const noLane = async () => false;

test("a failed job is shown with its reason, log and payload, all without secrets, and tried again", async () => {
  await using t = await open();
  const queue = await t.jobs.queue();
  let fails = true;
  t.jobs.worker(async (_payload, { log }) => {
    log("asking /a?s3cret");
    if (fails) throw new NeverRetry("refused at /a?s3cret");
    return { outcome: "stored", detail: "by /b?s3cret" };
  });
  const { jobId } = await queue.enqueue({ route: "/api/*", key: "GET /a?s3cret" });
  await expect.poll(() => t.jobs.state(jobId)).toBe("failed");
  const shown = await showJob(t.queues, jobId);
  expect(shown).toMatchObject({
    queue: "refresh",
    state: "failed",
    attempts: 1,
    failure: "refused at /a?…",
    payload: { route: "/api/*", key: "GET /a?…" },
    log: [expect.stringContaining("asking /a?…")],
  });
  expect(shown?.stack[0]).toContain("refused at /a?…");
  expect(JSON.stringify(shown)).not.toContain("s3cret");
  fails = false;
  expect(await retryJob(t.queues, jobId)).toMatchObject({ done: "It is tried again." });
  await expect.poll(() => t.jobs.state(jobId)).toBe("completed");
  expect(await showJob(t.queues, jobId)).toMatchObject({ result: { detail: "by /b?…" } });
  expect(await retryJob(t.queues, jobId)).toMatchObject({
    refused: "It is completed; only failed jobs are tried again.",
  });
});

test("jobs are listed by queue and state, the newest first, within a limit", async () => {
  await using t = await open();
  const queue = await t.jobs.queue();
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.push((await queue.enqueue(payload())).jobId);
  const late = await queue.enqueue(payload(), { delayMs: 60_000 });
  const list = (states: Parameters<typeof listJobs>[1]["states"], limit = 10, name?: string) =>
    listJobs(t.queues, { states, limit, queue: name });
  expect((await list(["waiting"])).map(({ id }) => id)).toEqual(ids.toReversed());
  expect(await list(["waiting"], 2)).toHaveLength(2);
  expect(await list(["waiting", "delayed"], 10, "refresh")).toHaveLength(4);
  expect(await list(["delayed"])).toMatchObject([{ id: late.jobId, state: "delayed" }]);
  expect(await list(["waiting", "delayed"], 10, "reap")).toEqual([]);
});

test("a job that waits is removed or cancelled; one that runs is not", async () => {
  await using t = await open();
  const queue = await t.jobs.queue();
  const [running, waiting, other] = [payload(), payload(), payload()];
  const end = gate();
  t.jobs.worker(
    async () => {
      await end.opened;
      return { outcome: "stored" };
    },
    { concurrency: 1 },
  );
  const ids = [];
  for (const one of [running, waiting, other]) ids.push((await queue.enqueue(one)).jobId);
  const [active, second, third] = ids as [string, string, string];
  await expect.poll(() => t.jobs.state(active)).toBe("active");
  expect(await removeJob(t.queues, active)).toHaveProperty("refused");
  expect(await cancelJob(t.queues, active, noLane)).toHaveProperty("refused");
  expect(await removeJob(t.queues, second)).toHaveProperty("done");
  expect(await cancelJob(t.queues, third, noLane)).toHaveProperty("done");
  expect([await t.jobs.state(second), await t.jobs.state(third)]).toEqual(["unknown", "unknown"]);
  end.open();
  await expect.poll(() => t.jobs.state(active)).toBe("completed");
  expect(await cancelJob(t.queues, active, noLane)).toHaveProperty("refused");
  expect(await removeJob(t.queues, active)).toHaveProperty("done");
  expect(await showJob(t.queues, active)).toBeUndefined();
});

test("the next run of a schedule cannot be removed, one out of turn can", async () => {
  await using t = await open();
  const connection = t.jobs.patient();
  const timing = { pattern: "17 3 * * *", timeZone: "UTC" };
  const spec = { name: "s", queue: "refresh", timing, payload: payload() } as const;
  await upsertSchedules({ connection, logger: t.jobs.logger }, [spec]);
  const [next] = await t.jobs.inspected.getDelayed();
  expect(await removeJob(t.queues, next?.id as string)).toMatchObject({
    refused: expect.stringContaining("schedule"),
  });
  const extra = await runSchedule(t.queues, "s");
  expect(await removeJob(t.queues, extra?.job as string)).toHaveProperty("done");
});

test.each([
  ["retry", retryJob],
  ["remove", removeJob],
  ["show", showJob],
] as const)("an id that nobody has: %s says that there is no such job", async (_what, act) => {
  await using t = await open();
  expect(await act(t.queues, "nobody")).toBeUndefined();
});
