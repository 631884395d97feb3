/** Items of several processes, and items whose settings change. */
import { expect, test, vi } from "vitest";
import { itemKey } from "../../src/redis/keys.ts";
import { itemsWorld, serveItems, testItem } from "../helpers/items.ts";

const MINUTE = 60_000;

test("a value that nobody has yet is asked for once by all processes", async () => {
  await using world = await itemsWorld();
  world.origin.answers({ body: '{"v":1}', delayMs: 50 });
  await using one = await serveItems(world);
  await using two = await serveItems(world);
  await using three = await serveItems(world);
  const ask = (t: typeof one) => Array.from({ length: 10 }, () => t.ask());
  const answers = await Promise.all([one, two, three].flatMap(ask));
  expect(answers.every(({ status, text }) => status === 200 && text === '{"v":1}')).toBe(true);
  expect(world.origin.requests).toHaveLength(1);
});

test("a value that another process found a moment ago is not asked for again", async () => {
  await using world = await itemsWorld();
  await using one = await serveItems(world);
  await using two = await serveItems(world, {
    // Between its look at the stores and its turn to ask the other process finds the value.
    beforeFlight: async () => {
      await one.ask();
      await one.landed();
    },
  });
  expect(await two.ask()).toMatchObject({ status: 200, text: '{"v":1}' });
  expect(world.origin.requests).toHaveLength(1);
});

test("when the process that asks fails, the others say so without asking each", async () => {
  await using world = await itemsWorld();
  world.origin.answers({ status: 500, delayMs: 50 });
  await using one = await serveItems(world);
  await using two = await serveItems(world);
  const first = one.ask();
  await world.origin.received(1);
  const answers = [await two.ask(), await first];
  expect(answers.map(({ status }) => status)).toEqual([503, 503]);
  expect(world.origin.requests).toHaveLength(1);
});

test("a process that asks and never ends holds up the others for a while only", async () => {
  await using world = await itemsWorld();
  await using one = await serveItems(world, { item: { timeoutMs: 60_000 } });
  await using two = await serveItems(world, { item: { timeoutMs: 50 } });
  world.origin.on(() => undefined);
  const hanging = one.ask();
  await world.origin.received(1);
  world.origin.answers('{"v":2}');
  expect(await two.ask()).toMatchObject({ status: 200, text: '{"v":2}' });
  await one.items.close();
  expect((await hanging).status).toBe(503);
});

test("settings that change take effect at once; an item that stays keeps what it knows", async () => {
  await using world = await itemsWorld();
  const { url } = world.origin;
  const stays = testItem(url);
  await using t = await serveItems(world, { items: [stays, testItem(url, { path: "/b" })] });
  await t.ask("/a");
  t.items.replace([{ ...stays }, testItem(url, { path: "/c" })]);
  expect((await t.ask("/b")).status).toBe(404);
  expect((await t.ask("/c")).status).toBe(200);
  expect((await t.ask("/a")).cacheStatus).toMatch(/^warmfront; hit/);
  expect(world.origin.requests).toHaveLength(2);
});

test("a value that is refreshed while its settings change is still answered", async () => {
  await using world = await itemsWorld();
  let answer = () => {};
  world.origin.on((_request, response) => {
    answer = () => void response.end('{"v":1}');
  });
  await using t = await serveItems(world);
  const waiting = t.ask();
  await world.origin.received(1);
  t.items.replace([]);
  answer();
  expect(await waiting).toMatchObject({ status: 200, text: '{"v":1}' });
});

test("what one process learns of a source the others tell too, until the value is good again", async () => {
  await using world = await itemsWorld();
  await using worker = await serveItems(world);
  await using web = await serveItems(world);
  await web.ask();
  world.origin.answers({ status: 403 });
  await expect(worker.items.refresh("/a")).rejects.toMatchObject({ fault: "rejected" });
  await vi.waitFor(async () => {
    web.advance(2 * MINUTE);
    expect((await web.ask()).cacheStatus).toMatch(/detail=source-rejects-credentials$/);
  });
  expect(web.items.facts()).toMatchObject([{ path: "/a", fault: "rejected" }]);
  world.origin.answers('{"v":2}');
  await worker.items.refresh("/a");
  expect((await worker.ask()).text).toBe('{"v":2}');
  expect(worker.items.facts()[0]).not.toHaveProperty("fault");
});

test("a value that is only confirmed is not written for each request, a new one always", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: { mode: "source" } });
  t.stopClock();
  const written = async () => {
    await Promise.all([t.ask(), t.ask()]);
    await t.items.refresh("/a");
    return (await t.client.getBuffer(itemKey("/a")))?.toString("hex");
  };
  const first = await written();
  expect(await written()).toBe(first);
  t.advance(1_001);
  const second = await written();
  expect(second).not.toBe(first);
  world.origin.answers('{"v":2}');
  expect(await written()).not.toBe(second);
});
