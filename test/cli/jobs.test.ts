import { expect, test, vi } from "vitest";
import { createReportQueue } from "../../src/queues/report.ts";
import { NeverRetry } from "../../src/queues/retry.ts";
import { payload, startJobs } from "../helpers/jobs.ts";
import { PATIENCE, runCli } from "./cache-process.ts";

async function open() {
  const jobs = await startJobs();
  return { jobs, run: (...args: string[]) => runCli(["jobs", ...args], { REDIS_URL: jobs.url }) };
}

test("a dead job is found, looked at, tried again and removed", PATIENCE, async () => {
  const { jobs, run } = await open();
  await using _ = jobs;
  const queue = await jobs.queue();
  const worker = jobs.worker(async () => {
    throw new NeverRetry("refused at /a?s3cret");
  });
  const { jobId } = await queue.enqueue(payload());
  await expect.poll(() => jobs.state(jobId)).toBe("failed");
  await worker.close();
  const list = await run("list", "--state", "failed");
  expect(list.out).toMatch(
    new RegExp(`^QUEUE +ID .*\nrefresh +${jobId} +failed +1/3 .*{"route":.*refused at`),
  );
  expect(JSON.parse((await run("list", "--json")).out)).toMatchObject([{ id: jobId }]);
  const show = await run("show", jobId);
  expect(show.out).toContain("failed, 1 of 3 runs");
  expect(list.out + show.out).not.toContain("s3cret");
  expect(await run("retry", jobId)).toMatchObject({
    code: 0,
    out: `${jobId}: It is tried again.\n`,
  });
  expect(await jobs.state(jobId)).toBe("waiting");
  const twice = await run("rm", jobId, "nobody", "--json");
  expect(twice.code).toBe(1);
  expect(JSON.parse(twice.out)).toEqual([
    { id: jobId, queue: "refresh", done: "It is removed." },
    { id: "nobody", refused: expect.stringContaining("refresh, report, reap") },
  ]);
  expect(await run("show", jobId)).toMatchObject({ code: 1, out: "" });
});

test("a report in its lane is cancelled", PATIENCE, async () => {
  const { jobs, run } = await open();
  await using _ = jobs;
  const reports = createReportQueue({
    connection: jobs.patient(),
    logger: jobs.logger,
    limits: { concurrency: 1, waiting: 5 },
  });
  const report = {
    login: "octocat",
    since: "all",
    until: "2026-01-01",
    starIncrease: false,
  } as const;
  const made = await vi.waitFor(() => reports.enqueue(report));
  const { id } = made as { id: string };
  expect(await run("cancel", id)).toMatchObject({
    code: 0,
    out: `${id}: It fails as cancelled.\n`,
  });
  await reports.close();
});

test.each([
  [["list", "--queue", "refesh"], "Allowed choices are refresh, report, reap"],
  [["list", "--limit", "many"], "must be a whole number from 1 to 1000"],
])("%j is a usage error", PATIENCE, async (args, message) => {
  const { jobs, run } = await open();
  await using _ = jobs;
  expect(await run(...args)).toMatchObject({ code: 64, err: expect.stringContaining(message) });
});

test(
  "what was done by command is in the audit, and what could not be done is not",
  PATIENCE,
  async () => {
    const { jobs, run } = await open();
    await using _ = jobs;
    expect(await run("audit")).toMatchObject({ code: 0, out: "Nothing was done yet.\n" });
    const queue = await jobs.queue();
    const { jobId } = await queue.enqueue(payload(), { delayMs: 60_000 });
    expect((await run("retry", jobId)).code).toBe(1);
    expect((await run("rm", jobId)).code).toBe(0);
    const { out } = await run("audit", "--json");
    expect(JSON.parse(out)).toMatchObject([
      {
        action: "remove",
        queue: "refresh",
        what: jobId,
        who: expect.stringContaining("by command"),
      },
    ]);
    expect((await run("audit")).out).toMatch(new RegExp(`remove +refresh +${jobId}`));
    expect((await run("audit", "--limit", "0")).code).toBe(64);
  },
);
