import { expect, test, vi } from "vitest";
import { startControlPlane } from "../../helpers/control-plane.ts";
import { startFront, testRoute } from "../../helpers/front.ts";
import { startOrigin } from "../../helpers/origin.ts";
import { startRedis } from "../../helpers/redis.ts";

const lasting = { freshness: { freshForMs: 60_000 } };

test.each<[string, unknown, string]>([
  ["nothing", {}, "The request must be one of url, urls, tag, tags, prefix, route, all."],
  ["two things", { url: "/a", all: true }, "url, all must be one of"],
  ["an unknown field", { url: "/a", hard: true }, "hard is not known here."],
  ["a URL that is none", { url: "a/b" }, "url must be a path that begins with /"],
  ["a URL without a route", { urls: ["/a", "/x"] }, "urls.1 is a path for which no route"],
  ["a URL that is always refused", { url: "/a/../b" }, "url is a target that is always refused"],
  ["no list", { tags: "red" }, "tags must be a list."],
  ["an empty list", { urls: [] }, "urls must not be empty."],
  [
    "a list that is too long",
    { tags: Array.from({ length: 501 }, String) },
    "tags must not hold more than 500.",
  ],
  [
    "a tag that is too long",
    { tags: ["a", "x".repeat(257)] },
    "tags.1 must not be longer than 256 characters.",
  ],
  ["a tag with a line break", { tag: "a\nb" }, "tag must not hold control characters."],
  ["a route that is not there", { route: "other" }, "route is none of the routes: test."],
  ["a prefix that leads nowhere", { prefix: "/x" }, "prefix leads to no configured route."],
  ["a prefix within an ordered query", { prefix: "/a?b" }, "prefix must end before the query"],
  ["not everything", { all: false }, "all must be true, or absent."],
  ["an unknown mode", { all: true, mode: "harder" }, "mode must be hard or soft."],
  ["a dry run that is none", { all: true, dryRun: "yes" }, "dryRun must be true or false."],
  ["no object", ["/a"], "The request must be a JSON object"],
])("%s is a problem that names the field, and purges nothing", async (_, body, detail) => {
  const route = { path: "/a*", key: { query: { mode: "sorted" }, fields: [] } } as const;
  await using front = await startFront({ ...lasting, ...route });
  await using control = await startControlPlane(front);
  const answer = await control.post("/purge", body);
  expect(answer).toMatchObject({
    status: 400,
    json: { type: "urn:warmfront:problem:bad-field", detail: expect.stringContaining(detail) },
  });
  expect(front.parts.purges.markers.list()).toEqual([]);
  expect((await control.get("/purge/audit")).json).toEqual({ records: [] });
});

test("a body that is no JSON, or not said to be, is refused", async () => {
  await using front = await startFront(lasting);
  await using control = await startControlPlane(front);
  const broken = { method: "POST", body: "{", headers: { "Content-Type": "application/json" } };
  expect(await control.get("/purge", broken)).toMatchObject({ status: 400 });
  const text = { method: "POST", body: '{"all":true}', headers: { "Content-Type": "text/plain" } };
  expect(await control.get("/purge", text)).toMatchObject({ status: 400 });
});

test("500 URLs are purged at once; what the route ignores in a query does not matter", async () => {
  const key = { query: { mode: "ignore", names: ["utm"] }, fields: [] } as const;
  await using front = await startFront({ ...lasting, key });
  await using control = await startControlPlane(front);
  const urls = Array.from({ length: 500 }, (_, i) => `/${i}?a=1&utm=y`);
  const purged = await control.post("/purge", { urls, mode: "soft" });
  expect(purged).toMatchObject({ status: 200, json: { count: 500, mode: "soft" } });
  expect(purged.json.what).toHaveLength(20);
  expect(front.parts.purges.markers.list()).toContainEqual(
    expect.objectContaining({
      scope: { kind: "url", route: "test", target: "/1?a=1" },
      soft: true,
    }),
  );
});

test("a prefix above several routes is purged in each of them, and in no other", async () => {
  await using origin = await startOrigin();
  const route = (id: string, path: string) => testRoute(origin.url, { ...lasting, id, path });
  await using front = await startFront({
    origin,
    routes: [
      route("one", "/api/one/*"),
      route("two", "/api/two"),
      route("all", "/*"),
      route("x", "/x/*"),
    ],
  });
  await using control = await startControlPlane(front);
  await control.post("/purge", { prefix: "/api/" });
  const routes = front.parts.purges.markers
    .list()
    .map(({ scope }) => "route" in scope && scope.route);
  expect(routes).toEqual(["one", "two", "all"]);
});

test("a dry run counts, shows samples, and changes nothing", async () => {
  await using front = await startFront({ ...lasting, memory: 0 });
  await using control = await startControlPlane(front);
  front.origin.answers({ headers: { "Cache-Tag": "red" }, body: "small" });
  for (let i = 0; i < 30; i++) await front.ask(`/small/${i}`);
  front.origin.answers({ headers: { "Cache-Tag": "red" }, body: "x".repeat(300_000) });
  await front.ask("/large?token=s3cret");
  const many = "y".repeat(500);
  front.origin.answers({
    headers: {
      "Surrogate-Key": "blue",
      ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`X-${i}`, many])),
    },
  });
  await front.ask("/small/with-many-fields");
  const stored = async (body: object) =>
    (await control.post("/purge", { ...body, dryRun: true })).json;
  await vi.waitFor(async () => expect(await stored({ all: true })).toMatchObject({ count: 32 }));
  expect(await stored({ tag: "red" })).toMatchObject({ dryRun: true, count: 31, cut: false });
  expect(await stored({ prefix: "/small/" })).toMatchObject({ count: 31 });
  expect(await stored({ tag: "blue" })).toMatchObject({
    count: 1,
    samples: [{ route: "test", target: "/small/with-many-fields", tags: ["blue"], status: 200 }],
  });
  expect(await stored({ url: "/large?token=s3cret" })).toMatchObject({
    count: 1,
    samples: [{ target: "/large?token=[redacted]" }],
  });
  expect((await stored({ all: true })).samples).toHaveLength(20);
  expect(front.parts.purges.markers.list()).toEqual([]);
  await control.post("/purge", { tag: "red" });
  expect(await stored({ all: true })).toMatchObject({ count: 1 });
});

test("a dry run while the cache is away is a problem that says so", async () => {
  await using queueRedis = await startRedis();
  await using front = await startFront({ ...lasting, queueRedis });
  await using control = await startControlPlane(front);
  await front.redis.kill();
  expect(await control.post("/purge", { all: true, dryRun: true })).toMatchObject({
    status: 503,
    json: { type: "urn:warmfront:problem:store-away" },
  });
});

test("everything may be purged again only after a while; anything else at once", async () => {
  await using front = await startFront(lasting);
  await using control = await startControlPlane(front);
  expect(await control.post("/purge", { all: true })).toMatchObject({ status: 200 });
  const again = await control.post("/purge", { all: true, mode: "soft" });
  expect(again).toMatchObject({
    status: 429,
    json: { type: "urn:warmfront:problem:purge-too-soon" },
  });
  expect(Number(again.headers["retry-after"])).toBeGreaterThan(0);
  expect(await control.post("/purge", { route: "test" })).toMatchObject({ status: 200 });
  expect((await control.get("/purge/audit")).json.records).toHaveLength(2);
});

test("while the durable role is away a purge is a clear problem, and nothing is half done", async () => {
  await using queueRedis = await startRedis();
  await using front = await startFront({ ...lasting, queueRedis });
  await using control = await startControlPlane(front);
  await front.ask("/a");
  await queueRedis.kill();
  const failed = await control.post("/purge", { urls: ["/a", "/b"] });
  expect(failed).toMatchObject({
    status: 503,
    json: { type: "urn:warmfront:problem:store-away", detail: expect.stringContaining("Repeat") },
  });
  expect(front.parts.purges.markers.list()).toEqual([]);
  expect(await control.get("/purge/audit")).toMatchObject({ status: 503 });
  await queueRedis.restart();
  await vi.waitFor(async () =>
    expect(await control.post("/purge", { urls: ["/a", "/b"] })).toMatchObject({ status: 200 }),
  );
});

test("a durable role that is full takes no purge", async () => {
  await using queueRedis = await startRedis({ args: ["--maxmemory", "1"] });
  await using front = await startFront({ ...lasting, queueRedis, worker: false });
  await using control = await startControlPlane(front);
  expect(await control.post("/purge", { url: "/a" })).toMatchObject({ status: 503 });
  expect(front.parts.purges.markers.list()).toEqual([]);
});

test("the audit and the log tell who purged what, without secrets", async () => {
  await using front = await startFront(lasting);
  await using control = await startControlPlane(front, { token: "t0ken" });
  const basic = (name: string) => ({
    authorization: `Basic ${Buffer.from(`${name}:t0ken`).toString("base64")}`,
  });
  await control.post("/purge", { url: "/a?api_key=s3cret" }, basic("alice\u001b[31m"));
  await control.post("/purge", { tag: "red", mode: "soft" }, { authorization: "Bearer t0ken" });
  const { json } = await control.get("/purge/audit", { headers: basic("bob") });
  expect(json.records).toMatchObject([
    { who: "token from 127.0.0.1", what: ["tag red"], count: 1, mode: "soft", action: "purge" },
    { who: "alice31m from 127.0.0.1", what: ["/a?api_key=[redacted]"], mode: "hard" },
  ]);
  expect(front.lines).toContainEqual(
    expect.objectContaining({ msg: "Purged", ...json.records[0] }),
  );
  expect(JSON.stringify(front.lines)).not.toContain("s3cret");
  const limited = await control.get("/purge/audit?limit=1", { headers: basic("bob") });
  expect(limited.json.records).toHaveLength(1);
  const wrong = await control.get("/purge/audit?limit=0", { headers: basic("bob") });
  expect(wrong).toMatchObject({ status: 400, json: { detail: expect.stringContaining("limit") } });
});

test("nobody purges without the token, or from a page of another origin", async () => {
  await using front = await startFront(lasting);
  await using control = await startControlPlane(front, { token: "t0ken" });
  expect(await control.post("/purge", { all: true })).toMatchObject({ status: 401 });
  const foreign = {
    authorization: `Basic ${Buffer.from("a:t0ken").toString("base64")}`,
    origin: "http://evil.example",
  };
  expect(await control.post("/purge", { all: true }, foreign)).toMatchObject({ status: 403 });
  const clients = await front.ask("/purge", { method: "POST", body: '{"all":true}' });
  expect(clients.text).toBe("ok");
  expect(front.parts.purges.markers.list()).toEqual([]);
});
