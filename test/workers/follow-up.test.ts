import { expect, test, vi } from "vitest";
import { createFollowUp } from "../../src/workers/follow-up.ts";
import { addPulls } from "../helpers/github-data.ts";
import { startMaking } from "../helpers/making.ts";

vi.setConfig({ testTimeout: 30_000 });

test("a partial report is asked for again when it is due, unless it was deleted meanwhile", async () => {
  await using making = await startMaking();
  const { github, reports, followUps, store } = making;
  addPulls(github.data, { count: 2 });
  github.intercept = ({ url }) =>
    url.pathname.endsWith("/files") ? { status: 500, body: {} } : undefined;
  reports.worker(making.run);
  const look = createFollowUp({ followUps, store, queue: reports.queue, now: Date.now });
  await making.make();
  await look();
  const askedBefore = github.asked.length;
  making.move(600_000);
  await look();
  await expect.poll(() => github.asked.length, { timeout: 10_000 }).toBeGreaterThan(askedBefore);
  await expect.poll(() => reports.tickets("octocat"), { timeout: 10_000 }).toEqual([]);
  await store.forget("octocat");
  making.move(86_400_000);
  const asked = github.asked.length;
  await look();
  expect(await reports.tickets("octocat")).toEqual([]);
  expect(github.asked).toHaveLength(asked);
  expect(await making.stored()).toBeUndefined();
  making.move(86_400_000);
  expect(await followUps.due()).toEqual([]);
});
