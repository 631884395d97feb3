/** What operators do on the board must not break lanes. */
import { expect, test } from "vitest";
import { gate } from "../helpers/jobs.ts";
import { reportsAbout, startReports } from "../helpers/reports.ts";

const COMPLETE = { outcome: "complete" } as const;
const USERS = ["anna", "bert", "cora"];

/** Workers that hold every report until told, over lanes of four reports each. */
async function startHeld() {
  const reports = await startReports();
  const held = gate();
  const running = new Map<string, number>();
  const order = new Map<string, string[]>(USERS.map((login) => [login, []]));
  let overlaps = 0;
  for (let workers = 0; workers < 2; workers++)
    reports.worker(
      async ({ login, since }) => {
        const beside = running.get(login) ?? 0;
        overlaps += beside;
        running.set(login, beside + 1);
        order.get(login)?.push(since);
        await held.opened;
        running.set(login, (running.get(login) as number) - 1);
        return COMPLETE;
      },
      { timing: { sweepMs: 100 } },
    );
  const ids = new Map<string, string[]>();
  for (const login of USERS) {
    const asked = reportsAbout(login, 4).map((payload) => reports.enqueue(payload));
    ids.set(
      login,
      (await Promise.all(asked)).map(({ id }) => id),
    );
  }
  await expect.poll(() => reports.inspected.getActiveCount()).toBe(USERS.length);
  return {
    reports,
    held,
    order,
    ids,
    overlaps: () => overlaps,
    async expectEnd(completed: number) {
      await expect.poll(() => reports.inspected.getCompletedCount()).toBe(completed);
      await expect.poll(() => reports.leftovers()).toEqual([]);
    },
    [Symbol.asyncDispose]: () => reports[Symbol.asyncDispose](),
  };
}

test("after `promote all` everything that waited for its turn waits for it again", async () => {
  await using world = await startHeld();
  await world.reports.inspected.promoteJobs();
  await expect.poll(() => world.reports.inspected.getDelayedCount()).toBe(9);
  expect(world.overlaps()).toBe(0);
  world.held.open();
  await world.expectEnd(12);
  expect(world.overlaps()).toBe(0);
  for (const login of USERS) {
    expect(world.order.get(login)?.toSorted()).toEqual(
      reportsAbout(login, 4).map(({ since }) => since),
    );
  }
});

test("after `empty` those that wait for their turn get it all the same", async () => {
  await using world = await startHeld();
  await world.reports.inspected.drain();
  world.held.open();
  await world.expectEnd(12);
  expect(world.overlaps()).toBe(0);
});

test("after `empty` of everything that waits the lanes are free", async () => {
  await using world = await startHeld();
  await world.reports.inspected.drain(true);
  world.held.open();
  await world.expectEnd(3);
  expect(await world.reports.enqueue(reportsAbout("anna")[0] as never)).toMatchObject({
    position: 0,
  });
});

test("reports that are removed while they wait for their turn leave no gap", async () => {
  await using world = await startHeld();
  const [anna, bert] = [world.ids.get("anna"), world.ids.get("bert")] as [string[], string[]];
  const waiting = async (ids: string[]) => {
    const states = await Promise.all(ids.map((id) => world.reports.state(id)));
    return ids.filter((_id, i) => states[i] === "delayed");
  };
  const [first, second] = await waiting(anna);
  for (const id of [first, second, (await waiting(bert))[2]])
    await world.reports.inspected.remove(id as string);
  world.held.open();
  await world.expectEnd(9);
  expect(world.overlaps()).toBe(0);
});

test("a paused queue starts nothing, and resumed goes on where it was", async () => {
  await using world = await startHeld();
  await world.reports.inspected.pause();
  world.held.open();
  await expect.poll(() => world.reports.inspected.getCompletedCount()).toBe(3);
  expect(await world.reports.inspected.getActiveCount()).toBe(0);
  await world.reports.inspected.resume();
  await world.expectEnd(12);
});

test("a failed report that is retried by hand joins at the end of its lane", async () => {
  await using reports = await startReports();
  const held = gate();
  const order: string[] = [];
  reports.worker(async ({ since }) => {
    order.push(since);
    if (order.length === 1) throw new Error("The source is down.");
    await held.opened;
    return COMPLETE;
  });
  const [a, b, c] = reportsAbout("anna", 3);
  const first = await reports.enqueue(a as never);
  // Nobody waits for the second try.
  await expect.poll(() => reports.state(first.id)).toBe("delayed");
  await reports.queue.cancel(first.id);
  await expect.poll(() => reports.state(first.id)).toBe("failed");
  const second = await reports.enqueue(b as never);
  const third = await reports.enqueue(c as never);
  await expect.poll(() => reports.state(second.id)).toBe("active");
  await (await reports.job(first.id))?.retry("failed");
  await expect.poll(() => reports.queue.position(first.id)).toBe(2);
  held.open();
  await expect.poll(() => reports.state(first.id)).toBe("completed");
  expect(await reports.state(third.id)).toBe("completed");
  expect(order).toEqual([a, b, c, a].map((one) => one?.since));
});

test("after the whole queue was obliterated its lanes clean themselves", async () => {
  await using reports = await startReports();
  for (const login of USERS)
    for (const payload of reportsAbout(login, 3)) await reports.enqueue(payload);
  await reports.inspected.obliterate();
  expect(await reports.leftovers()).not.toEqual([]);
  reports.worker(async () => COMPLETE, { timing: { sweepMs: 50 } });
  await expect.poll(() => reports.leftovers()).toEqual([]);
  await reports.inspected.resume();
  const { id } = await reports.enqueue(reportsAbout("anna")[0] as never);
  await expect.poll(() => reports.state(id)).toBe("completed");
});
