import { expect, test, vi } from "vitest";
import { startRedis } from "../../helpers/redis.ts";
import { stored } from "../../helpers/stored.ts";
import { lasting, startExplaining as start } from "./explaining.ts";

test("before anything is stored it tells the route, the request to the source, the key, and that it would fetch", async () => {
  await using world = await start({
    ...lasting,
    source: {
      ...{ origin: "http://source.example:9000", basePath: "/v1", stripPrefix: "/api" },
      timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
    },
    path: "/api/*",
  });
  const explained = await world.explain("http://front.example:8888/api/a?b=1", [
    "Accept: text/csv",
  ]);
  expect(explained).toMatchObject({
    method: "GET",
    target: "/api/a?b=1",
    route: { id: "test", path: "/api/*", preset: "api" },
    upstream: {
      origin: "http://source.example:9000",
      target: "/v1/a?b=1",
      fields: [
        ["accept", "text/csv"],
        ["Via", "1.1 warmfront"],
      ],
    },
    key: {
      route: "test",
      target: "/api/a?b=1",
      credential: "none",
      fields: { accept: "text/csv", "accept-encoding": null, "accept-language": null },
    },
    verdict: { reuse: "nothing", because: { by: "RFC 9111 §4" } },
    now: { action: "fetch" },
  });
  expect(explained).not.toHaveProperty("stored");
  expect(world.front.origin.requests).toHaveLength(0);
});

test("of what is stored it tells fields, instants, lifetimes, tags, and why it is a hit", async () => {
  await using world = await start();
  world.front.origin.answers({ headers: { "Surrogate-Key": "red", ETag: '"a"' }, body: "12345" });
  await stored(world.front, "/a");
  const explained = await world.explain("/a");
  expect(explained).toMatchObject({
    stored: {
      status: 200,
      bytes: 5,
      tags: ["red"],
      freshFor: 60,
      staleWhileRevalidate: 60,
      staleIfError: 600,
    },
    purge: { state: "kept" },
    verdict: { reuse: "fresh", because: { by: "RFC 9111 §4.2" } },
    now: { action: "hit" },
    ifSourceFails: "stored",
    refresh: "none",
  });
  expect(explained.stored.fields).toContainEqual(["ETag", '"a"']);
  const { storedAt, staleAt } = explained.stored;
  expect(Date.parse(staleAt) - Date.parse(storedAt)).toBe(60_000);
});

test("purges are told with their names, and what was stored is shown all the same", async () => {
  await using world = await start();
  await stored(world.front, "/soft");
  await stored(world.front, "/hard");
  const soft = await world.control.post("/purge", { url: "/soft", mode: "soft" });
  const hard = await world.control.post("/purge", { prefix: "/hard" });
  expect(await world.explain("/soft")).toMatchObject({
    purge: { state: "stale", id: soft.json.id, scope: "URL /soft" },
    verdict: { reuse: "stale" },
  });
  expect(await world.explain("/hard")).toMatchObject({
    stored: { status: 200 },
    purge: { state: "gone", id: hard.json.id, scope: "prefix /hard" },
    verdict: { reuse: "nothing", because: { by: "an operator" } },
    now: { action: "fetch" },
  });
});

test("variants are listed, and the one for the request is marked", async () => {
  await using world = await start();
  await stored(world.front, "/a", { accept: "text/csv" });
  await stored(world.front, "/a", { accept: "text/html" });
  const explained = await world.explain("/a", ["Accept: text/html"]);
  expect(explained.variants).toMatchObject([
    { fields: { accept: "text/csv" }, chosen: false },
    { fields: { accept: "text/html" }, chosen: true },
  ]);
  expect(await world.explain("/a", ["Accept: image/png"])).toMatchObject({
    variants: [{ chosen: false }, { chosen: false }],
    verdict: { because: { by: "RFC 9111 §4.1" } },
  });
});

test("a source that rests after a failure, and the refresh job that waits, are told", async () => {
  await using world = await start({
    freshness: { freshForMs: 60_000, staleWhileRevalidateMs: 60_000, staleIfErrorMs: 600_000 },
    worker: false,
  });
  await stored(world.front, "/a");
  world.front.origin.answers({ status: 503 });
  world.front.advance(61_000);
  await world.front.ask("/a");
  await vi.waitFor(async () =>
    expect((await world.explain("/a")).refresh).toMatchObject({
      state: "waiting",
      attempts: 0,
      mostAttempts: 3,
    }),
  );
  world.front.advance(70_000);
  await world.front.ask("/a");
  expect(await world.explain("/a")).toMatchObject({
    rest: { failures: 1, failure: "status 503" },
    now: { action: "stale", text: expect.stringContaining("failed just now") },
  });
});

test("credentials, and what looks like one, are shown as present and nothing more", async () => {
  await using world = await start({
    ...lasting,
    perPrincipal: true,
    forward: ["accept", "authorization", "x-api-key", "x-note"],
  });
  const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2VjcmV0";
  world.front.origin.answers({
    headers: { "Set-Cookie": "sid=c00kie", "X-Session-Token": "t0ken" },
  });
  const headers = { authorization: "Bearer s3cret", "x-api-key": "k3y", "x-note": token };
  await stored(world.front, "/a?access_token=qu3ry", headers);
  const given = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const explained = await world.explain("/a?access_token=qu3ry", given);
  expect(explained.key).toMatchObject({
    credential: "present, keyed apart",
    fields: { accept: null, "x-api-key": "[present]", "x-note": "[redacted]" },
  });
  expect(explained.verdict.reuse).toBe("fresh");
  const all = JSON.stringify([explained, world.front.lines]);
  for (const secret of ["s3cret", "k3y", token, "c00kie", "t0ken", "qu3ry"])
    expect(all).not.toContain(secret);
});

test("while stores are away it says so instead of failing", async () => {
  await using queueRedis = await startRedis();
  await using world = await start({ ...lasting, queueRedis, worker: false, memory: 0 });
  await stored(world.front, "/a");
  await queueRedis.kill();
  expect(await world.explain("/a")).toMatchObject({ refresh: "unknown", now: { action: "hit" } });
  await world.front.redis.kill();
  expect(await world.explain("/a")).toMatchObject({
    verdict: { because: { by: "the store" } },
    now: { action: "fetch" },
  });
});

test("a GET takes the request in the query, and wrong fields are named", async () => {
  await using world = await start();
  const asked = "/explain?url=/a&method=HEAD&header=Accept:%20a/b&header=Accept-Language:de";
  expect((await world.control.get(asked)).json).toMatchObject({
    method: "HEAD",
    key: { fields: { accept: "a/b", "accept-language": "de" } },
  });
  for (const [path, field] of [
    ["/explain?url=a", "url"],
    ["/explain?url=/a&method=G%20T", "method"],
    ["/explain?url=/a&header=nocolon", "header"],
    ["/explain?url=/a&header=A:%0d%0aB:c", "header"],
    ["/explain?url=/a&verbose=1", "verbose"],
  ] as const)
    expect(await world.control.get(path)).toMatchObject({
      status: 400,
      json: { detail: expect.stringMatching(new RegExp(`^${field} `)) },
    });
  expect((await world.control.get("/explain")).text).toContain("warmfront explain");
});
