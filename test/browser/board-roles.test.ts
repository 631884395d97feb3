import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Role } from "../../src/config/control.ts";
import { NeverRetry, RetryAt } from "../../src/queues/retry.ts";
import { startBrowser } from "../helpers/browser.ts";
import { gate, payload } from "../helpers/jobs.ts";
import { startRedis } from "../helpers/redis.ts";
import { type ReportPayload, reportsAbout, startReports } from "../helpers/reports.ts";
import { startControl } from "../http/control/start.ts";

const OPERATORS = (["viewer", "operator", "admin"] as const).map((role) => ({
  ...{ name: `the-${role}`, role, digest: createHash("sha256").update(role).digest() },
}));
const browserOf = (role: Role) => startBrowser({ credentials: { username: role, password: role } });

/** A board with one job that failed, open at it in the browser of somebody with this role. */
async function openFailed(role: Role) {
  const control = await startControl({ operators: OPERATORS });
  const queue = await control.jobs.queue({ attempts: 1 });
  control.jobs.worker(async () => {
    throw new NeverRetry("No such thing at /a?token=s3cret");
  });
  const { jobId } = await queue.enqueue(payload());
  await expect.poll(() => control.jobs.state(jobId)).toBe("failed");
  const browser = await browserOf(role);
  const { page, errors } = browser;
  await page.goto(`${control.url}/board/queue/refresh?status=failed`);
  await page.getByText(jobId).first().waitFor();
  return {
    ...{ control, page, errors, jobId },
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]();
      await control[Symbol.asyncDispose]();
    },
  };
}

test("a viewer sees queues and jobs and no way to change them, and is refused all the same", async () => {
  await using world = await openFailed("viewer");
  const { control, page, jobId } = world;
  await page.getByText("NeverRetry: No such thing at /a?…").waitFor();
  for (const name of [/retry all/i, /clean all/i])
    expect(await page.getByRole("button", { name }).count()).toBe(0);
  expect(await page.locator("[aria-haspopup=menu]").count()).toBe(0);
  const refused = await page.evaluate(async (path) => {
    const answer = await fetch(path, { method: "PUT" });
    return { status: answer.status, text: await answer.text() };
  }, `/board/api/queues/refresh/${jobId}/retry`);
  expect(refused.status).toBe(403);
  expect(refused.text).toContain("This needs the role operator, and you have the role viewer.");
  expect(await control.jobs.state(jobId)).toBe("failed");
  expect(await page.content()).not.toContain("s3cret");
});

test("an operator is told why they may not remove a job, and the job stays", async () => {
  await using world = await openFailed("operator");
  const { control, page, jobId } = world;
  await page.getByRole("button", { name: /clean all/i }).click();
  await page.getByRole("button", { name: /confirm/i }).click();
  await page.getByText("This needs the role admin, and you have the role operator.").waitFor();
  expect(await control.jobs.state(jobId)).toBe("failed");
});

test("an admin removes it, and the page loads nothing from elsewhere", async () => {
  await using world = await openFailed("admin");
  const { control, page, jobId, errors } = world;
  // The board leaves jobs alone that ended less than five seconds ago.
  await control.jobs.patient().zadd(control.jobs.inspected.toKey("failed"), 1, jobId);
  await page.getByRole("button", { name: /clean all/i }).click();
  await page.getByRole("button", { name: /confirm/i }).click();
  await expect.poll(() => control.jobs.state(jobId)).toBe("unknown");
  expect(errors).toEqual([]);
});

test("a page that was open says that Redis is away, and no more when it is back", {
  timeout: 60_000,
}, async () => {
  await using redis = await startRedis();
  await using control = await startControl({ operators: OPERATORS, redis: redis.url });
  await using browser = await browserOf("viewer");
  const { page } = browser;
  await page.goto(`${control.url}/board/queue/refresh`);
  await page.getByText("refresh").first().waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
  await redis.kill();
  await page.getByRole("alert").getByText("cannot be reached").waitFor();
  await redis.restart();
  await page.getByRole("alert").waitFor({ state: "detached" });
});

test("the board tells a report that waits for its turn from one that waits for its source", async () => {
  await using reports = await startReports();
  await using control = await startControl({ redis: reports.url });
  await using browser = await startBrowser();
  const { page } = browser;
  const middle = gate();
  reports.worker(async ({ login }) => {
    if (login === "bert") throw new RetryAt(Date.now() + 600_000, "GitHub's limit is spent.");
    await middle.opened;
    return { outcome: "complete" };
  });
  const [first, second] = reportsAbout("anna", 2) as [ReportPayload, ReportPayload];
  await reports.enqueue(first);
  const parked = await reports.enqueue(second);
  const delayed = await reports.enqueue({ ...first, login: "bert" });
  await expect.poll(() => reports.inspected.getDelayedCount()).toBe(2);
  await page.goto(`${control.url}/board/queue/report/${parked.id}`);
  await page.getByText("report: queued, 1 before it").first().waitFor();
  await page.goto(`${control.url}/board/queue/report/${delayed.id}`);
  await page
    .getByText(/^Logs$/)
    .first()
    .click();
  await page.getByText("GitHub's limit is spent.").first().waitFor();
  expect(await page.getByText("queued,").count()).toBe(0);
  middle.open();
});
