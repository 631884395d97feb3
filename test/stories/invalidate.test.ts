import { expect, test, vi } from "vitest";
import { type FrontOptions, startFront, testRoute } from "../helpers/front.ts";
import { type Origin, startOrigin } from "../helpers/origin.ts";
import { startRedis } from "../helpers/redis.ts";
import { stored } from "../helpers/stored.ts";

const lasting = { freshness: { freshForMs: 60_000 } };

/** An origin whose every answer differs, and whose changes name cache groups. */
function countUp(origin: Origin, groups: string, invalidates: string): void {
  let count = 0;
  origin.on((req, res) => {
    count += 1;
    const isRead = req.method === "GET";
    res.writeHead(
      200,
      isRead ? { "Cache-Groups": groups } : { "Cache-Group-Invalidation": invalidates },
    );
    res.end(`${req.url} ${count}`);
  });
}

test("a change that names a cache group takes all answers of that group away, in every process", async () => {
  await using front = await startFront(lasting);
  await using other = await startFront({ ...lasting, redis: front.redis, origin: front.origin });
  countUp(front.origin, '"cats", "all"', '"cats"');
  expect(await stored(front, "/cats/1")).toBe("/cats/1 1");
  expect(await stored(other, "/cats/1")).toBe("/cats/1 1");
  await front.ask("/cats", { method: "POST" });
  expect((await front.ask("/cats/1")).text).toBe("/cats/1 3");
  await vi.waitFor(async () => expect((await other.ask("/cats/1")).text).toBe("/cats/1 3"));
});

test("other groups, and groups that a failed change or a GET names, stay", async () => {
  await using front = await startFront(lasting);
  front.origin.on((req, res) => {
    const status = req.url === "/failing" && req.method === "POST" ? 500 : 200;
    const invalidates = req.url === "/dogs" ? '"dogs"' : '"cats"';
    const fields = { "Cache-Groups": '"cats"', "Cache-Group-Invalidation": invalidates };
    res.writeHead(status, fields).end(String(front.origin.requests.length));
  });
  expect(await stored(front, "/cats/1")).toBe("1");
  await front.ask("/dogs", { method: "POST" });
  await front.ask("/failing", { method: "POST" });
  await front.ask("/another");
  expect((await front.ask("/cats/1")).text).toBe("1");
});

test("a group spans the routes of one source and no other source's", async () => {
  await using cats = await startOrigin();
  await using dogs = await startOrigin();
  countUp(cats, '"pets"', '"pets"');
  countUp(dogs, '"pets"', '"pets"');
  const route = (id: string, origin: Origin) =>
    testRoute(origin.url, { ...lasting, id, path: `/${id}/*` });
  await using front = await startFront({
    routes: [route("cats", cats), route("kittens", cats), route("dogs", dogs)],
  });
  await stored(front, "/kittens/1");
  await stored(front, "/dogs/1");
  await front.ask("/cats/1", { method: "DELETE" });
  expect((await front.ask("/kittens/1")).text).toBe("/kittens/1 3");
  expect((await front.ask("/dogs/1")).text).toBe("/dogs/1 1");
});

const perPrincipal: FrontOptions = { ...lasting, perPrincipal: true };

test("a change by one principal takes away what others were answered for the same target", async () => {
  await using front = await startFront(perPrincipal);
  countUp(front.origin, '"x"', '"none"');
  await stored(front, "/doc", { authorization: "alice" });
  await stored(front, "/doc", { authorization: "bob" });
  await stored(front, "/other", { authorization: "bob" });
  await stored(front, "/doc");
  await front.ask("/doc", { method: "PUT", body: "new", headers: { authorization: "alice" } });
  for (const headers of [{ authorization: "alice" }, { authorization: "bob" }, {}])
    expect((await front.ask("/doc", { headers })).cacheStatus).not.toContain("hit");
  const other = await front.ask("/other", { headers: { authorization: "bob" } });
  expect(other.cacheStatus).toContain("hit");
});

test("while the durable role is away a change is answered, and reaches the keys of its own request", async () => {
  await using queueRedis = await startRedis();
  await using front = await startFront({ ...perPrincipal, queueRedis, worker: false });
  countUp(front.origin, '"x"', '"none"');
  await stored(front, "/doc", { authorization: "alice" });
  await queueRedis.kill();
  const put = await front.ask("/doc", { method: "PUT", headers: { authorization: "alice" } });
  expect(put.status).toBe(200);
  const after = await front.ask("/doc", { headers: { authorization: "alice" } });
  expect(after.text).toBe("/doc 3");
  expect(front.lines).toContainEqual(
    expect.objectContaining({ msg: "An invalidation reached only the keys of its own request" }),
  );
});
