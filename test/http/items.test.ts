/** The contract of an item on the data plane. */
import { hash } from "node:crypto";
import { expect, test } from "vitest";
import type { ItemClient } from "../../src/config/items.ts";
import { CLIENT, itemsWorld, serveItems, testItem } from "../helpers/items.ts";

const closed = { isPublic: false };
const with_ = (authorization: string) => ({ headers: { Authorization: authorization } });
const basic = (pair: string) => with_(`Basic ${Buffer.from(pair).toString("base64")}`);
const right = with_("Bearer token");

test("an item answers its exact path with any query, and no other", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, {
    items: [testItem(`${world.origin.url}/x?y=1`, { path: "/a/b" })],
  });
  for (const path of ["/a/b", "/a/b?", "/a/b?c=d"])
    expect((await t.ask(path)).status, path).toBe(200);
  for (const path of ["/a", "/a/b/", "/a/b/c", "/a//b", "/A/b", "/a/%62", "/"])
    expect((await t.ask(path)).status, path).toBe(404);
  expect(world.origin.requests.map(({ url }) => url)).toEqual(["/x?y=1"]);
});

test("an answer says what it is, how old, and that nobody may keep it", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: closed });
  const { headers, text } = await t.ask("/a", right);
  expect(text).toBe('{"v":1}');
  const { date: _, connection: __, "keep-alive": ___, "x-powered-by": ____, ...rest } = headers;
  expect(rest).toEqual({
    "content-type": "application/json",
    "content-length": "7",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    age: "0",
    "cache-status": expect.stringMatching(/; ttl=(?:59|60); stored$/),
  });
});

test("HEAD asks the source as GET does, and sends no body", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: { mode: "source" } });
  const head = await t.ask("/a", { method: "HEAD" });
  expect(head).toMatchObject({ status: 200, text: "" });
  expect(head.headers["content-length"]).toBe("7");
  expect(world.origin.requests[0]?.method).toBe("GET");
});

test("OPTIONS needs no token; other methods are not allowed, token or not", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: closed });
  const options = await t.ask("/a", { method: "OPTIONS" });
  expect([options.status, options.headers.allow]).toEqual([200, "GET, HEAD, OPTIONS"]);
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "PURGE"]) {
    const refused = await t.ask("/a", { method, ...right });
    expect([refused.status, refused.headers.allow], method).toEqual([405, "GET, HEAD, OPTIONS"]);
  }
  expect(world.origin.requests).toEqual([]);
});

test.each([
  ["no credential", {}, 401],
  ["an unknown scheme", with_("Digest x"), 401],
  ["an empty credential", with_(""), 401],
  ["Bearer with the token", right, 200],
  ["bearer in lower case", with_("bearer token"), 200],
  ["Bearer with another token", with_("Bearer other"), 403],
  ["Bearer with nothing", with_("Bearer"), 403],
  ["Basic with the token as user", basic("token:"), 200],
  ["Basic with any password", basic("token:x:y"), 200],
  ["Basic without a colon", basic("token"), 200],
  ["Basic with the token as password", basic("x:token"), 403],
  ["Basic that cannot be read", with_("Basic \u00ff!"), 403],
  ["the digest of the token", with_(`Bearer ${hash("sha256", "token")}`), 403],
])("%s is answered %i", async (_name, options, status) => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: closed });
  const answer = await t.ask("/a", options);
  expect(answer.status).toBe(status);
  expect(answer.headers["www-authenticate"]).toEqual(
    status === 401
      ? 'Bearer realm="warmfront", Basic realm="warmfront", charset="UTF-8"'
      : undefined,
  );
  expect(world.origin.requests).toHaveLength(status === 200 ? 1 : 0);
});

test("a token reads the paths of its client only, whatever it is called in the query", async () => {
  await using world = await itemsWorld();
  const client = (name: string, more: Partial<ItemClient>): ItemClient => ({
    ...{ name, urls: [], paths: [] },
    tokens: [{ digest: hash("sha256", name, "buffer") }],
    ...more,
  });
  const clients = [
    client("shell", { urls: ["/a/*"] }),
    client("segments", { paths: ["/a/*"] }),
    client("none", {}),
  ];
  const items = ["/a/b", "/a/b/c", "/x"].map((path) =>
    testItem(world.origin.url, { ...closed, path }),
  );
  await using t = await serveItems(world, { items, clients });
  const statuses = async (token: string) =>
    Promise.all(
      items.map(async ({ path }) => (await t.ask(`${path}?/a/b`, with_(`Bearer ${token}`))).status),
    );
  expect(await statuses("shell")).toEqual([200, 200, 403]);
  expect(await statuses("segments")).toEqual([200, 403, 403]);
  expect(await statuses("none")).toEqual([403, 403, 403]);
});

test("a token that has expired is worth nothing", async () => {
  await using world = await itemsWorld();
  const [token] = CLIENT.tokens;
  const expiring = { digest: (token as { digest: Buffer }).digest, expiresAt: Date.now() + 60_000 };
  await using t = await serveItems(world, {
    item: closed,
    clients: [{ ...CLIENT, tokens: [expiring] }],
  });
  expect((await t.ask("/a", right)).status).toBe(200);
  t.advance(60_001);
  expect((await t.ask("/a", right)).status).toBe(403);
});

test("who tries tokens is told to wait, and the client that shares the address is not", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: closed });
  expect((await t.ask("/a", right)).status).toBe(200);
  for (let i = 0; i < 10; i++) expect((await t.ask("/a", with_(`Bearer ${i}`))).status).toBe(403);
  const blocked = await t.ask("/a", with_("Bearer 10"));
  expect(blocked.status).toBe(429);
  expect(Number(blocked.headers["retry-after"])).toBeGreaterThan(0);
  expect((await t.ask("/a", right)).status).toBe(200);
});

test("without a value there is a problem, and none of the source's words", async () => {
  await using world = await itemsWorld();
  world.origin.answers({ status: 500, body: "canary" });
  await using t = await serveItems(world, { item: closed });
  const failed = await t.ask("/a", right);
  expect(failed.status).toBe(503);
  expect(JSON.parse(failed.text)).toMatchObject({ type: "urn:warmfront:problem:item-unavailable" });
  expect(failed.headers["retry-after"]).toBe("1");
  expect(failed.text + JSON.stringify(failed.headers) + JSON.stringify(t.lines)).not.toContain(
    "canary",
  );
});

test("with compat there are X-Cache and the errors of cachish", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: { compat: true, mode: "source" } });
  expect((await t.ask()).headers["x-cache"]).toBe("miss");
  await world.origin.stop();
  expect((await t.ask()).headers["x-cache"]).toBe("hit");
  await using empty = await itemsWorld();
  empty.origin.answers({ status: 500 });
  await using u = await serveItems(empty, { item: { compat: true, mode: "source" } });
  const failed = await u.ask();
  expect(failed).toMatchObject({ status: 503, text: "Upstream failure" });
  expect(failed.headers).toMatchObject({
    "x-cache": "miss",
    "content-type": "text/plain; charset=utf-8",
  });
});

test("no secret of the source reaches clients or the log, however it fails", async () => {
  await using world = await itemsWorld();
  const { host, port } = new URL(world.origin.url);
  const sources = [
    { module: "JsonHttp", url: `http://user:canary@${host}/?canary=1` },
    { module: "Heroku", app: "a", apiToken: "canary", baseUrl: `http://user:canary@${host}` },
    { module: "Hawk", url: `http://${host}/`, id: "id", key: "canary", algorithm: "sha256" },
  ] as const;
  const items = sources.map((source, i) => testItem("", { path: `/${i}`, source, mode: "source" }));
  await using t = await serveItems(world, { items });
  const seen: string[] = [];
  for (const answer of [
    { status: 401 },
    { status: 500 },
    { status: 302, headers: { Location: `http://127.0.0.2:${port}/canary` } },
    "{",
  ]) {
    world.origin.answers(answer);
    t.advance(120_000);
    for (const { path } of items) {
      const { text, headers } = await t.ask(path);
      seen.push(text, JSON.stringify(headers));
    }
  }
  expect(seen.join() + JSON.stringify(t.lines)).not.toContain("canary");
});
