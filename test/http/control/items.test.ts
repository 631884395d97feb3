import { once } from "node:events";
import express from "express";
import { expect, onTestFinished, test, vi } from "vitest";
import { createItemsPart } from "../../../src/http/control/items.ts";
import { itemFamilies } from "../../../src/http/control/metrics-items.ts";
import { createRefreshWorker } from "../../../src/workers/refresh.ts";
import { createRefreshItem } from "../../../src/workers/refresh-item.ts";
import { type AskOptions, ask } from "../../helpers/front.ts";
import { itemsWorld, serveItems } from "../../helpers/items.ts";
import { startJobs } from "../../helpers/jobs.ts";

async function open() {
  const jobs = await startJobs();
  const world = await itemsWorld({ redisUrl: jobs.url });
  const served = await serveItems(world);
  const queue = await jobs.queue();
  const { path, router } = createItemsPart({ items: served.items, queue });
  const server = express().use(path, router).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await served[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
    await jobs[Symbol.asyncDispose]();
  });
  const { port } = server.address() as { port: number };
  return {
    ...{ jobs, world, served },
    work: () =>
      createRefreshWorker({
        ...{ connection: jobs.patient(), concurrency: 1, graceMs: 0, logger: jobs.logger },
        refresh: async () => ({ outcome: "gone" }),
        refreshItem: createRefreshItem(served.items),
      }),
    ask: async (more?: AskOptions, sub = "") => {
      const answer = await ask(port, `/items${sub}`, more);
      return { status: answer.status, ...JSON.parse(answer.text) };
    },
  };
}

const refresh = (item: unknown) => ({
  ...{ method: "POST", headers: { "Content-Type": "application/json" } },
  body: JSON.stringify({ item }),
});

test("each item is listed with its source, when it was good, and what its source failed with", async () => {
  const t = await open();
  const source = new URL(t.world.origin.url).host;
  expect(await t.ask()).toEqual({ status: 200, items: [{ path: "/a", source, counts: {} }] });
  const before = Date.now();
  await t.served.ask();
  const [item] = (await t.ask()).items;
  expect(item).toMatchObject({ path: "/a", counts: { renewed: 1 } });
  expect(Date.parse(item.goodAt)).toBeGreaterThanOrEqual(before);
  t.world.origin.answers({ status: 401 });
  await t.served.items.refresh("/a").catch(() => undefined);
  expect((await t.ask()).items).toMatchObject([
    { fault: "rejected", counts: { renewed: 1, rejected: 1 } },
  ]);
});

test("Prometheus is told when each value was good, what its source fails with, and how often", async () => {
  const t = await open();
  await t.served.ask();
  t.world.origin.answers({ status: 401 });
  await t.served.items.refresh("/a").catch(() => undefined);
  const samples = new Map(
    await Promise.all(
      itemFamilies(t.served.items.facts).map(
        async ({ name, read }) => [name, [...(await read())]] as const,
      ),
    ),
  );
  const [good] = samples.get("warmfront_item_good_timestamp_seconds") ?? [];
  expect(good).toMatchObject({ labels: { item: "/a" }, value: expect.any(Number) });
  expect(samples.get("warmfront_item_fault")).toEqual([
    { labels: { item: "/a", fault: "rejected" }, value: 1 },
  ]);
  expect(samples.get("warmfront_item_refreshes_total")).toEqual([
    { labels: { item: "/a", outcome: "renewed" }, value: 1 },
    { labels: { item: "/a", outcome: "rejected" }, value: 1 },
  ]);
});

test("an item is refreshed by a job when an operator asks for it", async () => {
  const t = await open();
  const worker = t.work();
  const { status, jobId } = await t.ask(refresh("/a"), "/refresh");
  expect(status).toBe(200);
  await vi.waitFor(async () => expect(await t.jobs.state(jobId)).toBe("completed"));
  expect((await t.jobs.job(jobId))?.returnvalue).toEqual({ outcome: "stored" });
  expect((await t.served.ask()).cacheStatus).toMatch(/^warmfront; hit/);
  expect(t.world.origin.requests).toHaveLength(1);
  await worker.close();
});

test("a job tells what a person must mend without trying again, and tries again what may mend itself", async () => {
  const t = await open();
  const worker = t.work();
  t.world.origin.answers({ status: 403 });
  const rejected = await t.ask(refresh("/a"), "/refresh");
  await vi.waitFor(async () => expect(await t.jobs.state(rejected.jobId)).toBe("completed"));
  expect((await t.jobs.job(rejected.jobId))?.returnvalue).toMatchObject({ outcome: "kept" });
  expect(t.world.origin.requests).toHaveLength(1);
  t.world.origin.answers({ status: 500 }, '{"v":2}');
  const failing = await t.ask(refresh("/a"), "/refresh");
  await vi.waitFor(async () => expect(await t.jobs.state(failing.jobId)).toBe("completed"));
  expect((await t.jobs.job(failing.jobId))?.returnvalue).toEqual({ outcome: "stored" });
  await worker.close();
});

test.each([["/b"], [""], [7], [undefined], [{ a: 1 }]])("%j is no item", async (item) => {
  const t = await open();
  expect(await t.ask(refresh(item), "/refresh")).toMatchObject({ status: 400 });
});
