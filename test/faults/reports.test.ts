import { expect, test } from "vitest";
import { jobKeyPrefix } from "../../src/redis/keys.ts";
import { addPulls } from "../helpers/github-data.ts";
import { A_YEAR, startMaking } from "../helpers/making.ts";
import { startProcess } from "../helpers/process.ts";

test("a report whose worker is killed in the middle is made by another one, and stored once", {
  timeout: 60_000,
}, async () => {
  await using making = await startMaking();
  const { github, reports } = making;
  addPulls(github.data, { count: 60 });
  await using killed = await startProcess({
    entry: "worker",
    env: {
      REDIS_URL: reports.url,
      GITHUB_API_URL: github.url,
      GITHUB_TOKEN: "ghp_ours",
      GITHUB_PULLS_AT_A_TIME: "1",
    },
  });
  const filesAsked = () => github.asked.filter(({ url }) => url.pathname.endsWith("/files")).length;
  const { id } = await reports.enqueue(A_YEAR);
  await expect.poll(filesAsked, { timeout: 20_000, interval: 2 }).toBeGreaterThan(5);
  killed.kill("SIGKILL");
  await killed.ended;
  expect(filesAsked()).toBeLessThan(60);
  expect(await making.stored()).toBeUndefined();
  // Its lock runs out by itself after half a minute, and others look every quarter of one.
  await reports.client.del(reports.lockKey(id), `${jobKeyPrefix("report")}stalled-check`);
  reports.worker(making.run, { timing: { stalledIntervalMs: 100 } });
  await expect.poll(() => reports.state(id), { timeout: 20_000 }).toBe("completed");
  const job = await reports.job(id);
  expect(job?.returnvalue).toEqual({ outcome: "complete" });
  expect(job?.attemptsMade).toBe(1);
  expect((await making.stored())?.coverage).toMatchObject({ complete: true, pullsWithFiles: 60 });
});
