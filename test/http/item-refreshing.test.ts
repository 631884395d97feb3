import { expect, test, vi } from "vitest";
import { createItemRefreshing } from "../../src/http/item-refreshing.ts";
import { startJobs } from "../helpers/jobs.ts";

/** Refreshing over a real queue, of items that only count what is asked of them. */
async function open() {
  const jobs = await startJobs();
  const connection = jobs.impatient();
  const queue = await jobs.queue({ connection });
  const asked: string[] = [];
  let at = 0;
  const refresh = async (path: string) => asked.push(path) > 0;
  const refreshBehind = createItemRefreshing({
    items: { refresh },
    queue,
    now: () => at,
  });
  return {
    ...{ jobs, connection, asked, refreshBehind },
    waiting: () => jobs.inspected.getWaiting(),
    advance: (ms: number) => {
      at += ms;
    },
    [Symbol.asyncDispose]: () => jobs[Symbol.asyncDispose](),
  };
}

test("a job refreshes the item, one however many answers are stale", async () => {
  await using t = await open();
  for (const _ of [1, 2, 3]) t.refreshBehind("/a", 1);
  await vi.waitFor(async () => expect(await t.waiting()).toHaveLength(1));
  expect((await t.waiting())[0]?.data).toEqual({ item: "/a" });
  expect(t.asked).toEqual([]);
});

test("when the same value is still there after a minute nobody works at the queue, and the source is asked from here", async () => {
  await using t = await open();
  t.refreshBehind("/a", 1);
  t.advance(59_999);
  t.refreshBehind("/a", 1);
  expect(t.asked).toEqual([]);
  t.advance(1);
  t.refreshBehind("/a", 1);
  expect(t.asked).toEqual(["/a"]);
  t.refreshBehind("/a", 2);
  t.refreshBehind("/b", 1);
  expect(t.asked).toEqual(["/a"]);
});

test("while the queue is away the source is asked from here", async () => {
  await using t = await open();
  t.connection.disconnect();
  t.refreshBehind("/a", 1);
  await vi.waitFor(() => expect(t.asked).toEqual(["/a"]));
});
