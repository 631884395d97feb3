/** What the predecessor of items did wrong, one test each. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { itemKey } from "../../src/redis/keys.ts";
import { configOf, errorIn } from "../helpers/configuration.ts";
import { itemsWorld, serveItems, testItem } from "../helpers/items.ts";

const MINUTE = 60_000;
const closed = { isPublic: false, mode: "source" } as const;
const show = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

test("1: not every request pays for the source: many share one question, and a dead source is not asked by each", async () => {
  await using world = await itemsWorld();
  world.origin.answers({ body: '{"v":1}', delayMs: 800 });
  await using t = await serveItems(world, { item: { mode: "source" } });
  await Promise.all(Array.from({ length: 20 }, () => t.ask()));
  expect(world.origin.requests).toHaveLength(1);
  world.origin.answers({ status: 503 });
  for (let i = 0; i < 20; i++) expect((await t.ask()).status).toBe(200);
  expect(world.origin.requests).toHaveLength(2);
});

test("2: a stale value says how old it is, and can be bounded", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: { mode: "source", maxAgeMs: 10 * MINUTE } });
  await t.ask();
  await world.origin.stop();
  t.advance(5 * MINUTE);
  const stale = await t.ask();
  expect(stale.headers.age).toBe("300");
  expect(stale.cacheStatus).toMatch(/; ttl=-30[01]; /);
  t.advance(5 * MINUTE);
  expect((await t.ask()).status).toBe(503);
});

test("3: rejected credentials are not masked as an outage", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: { mode: "source" } });
  await t.ask();
  world.origin.answers({ status: 403 });
  expect((await t.ask()).cacheStatus).toContain("detail=source-rejects-credentials");
  expect(t.lines.filter(({ level }) => level === "error")).toHaveLength(1);
});

test("4: after a change of the app its predecessor's secret is never served", async () => {
  await using world = await itemsWorld();
  const item = (app: string) => ({
    mode: "source" as const,
    source: { module: "Heroku", app, apiToken: "t", baseUrl: world.origin.url } as const,
  });
  {
    await using t = await serveItems(world, { item: item("one") });
    expect((await t.ask()).status).toBe(200);
  }
  await world.origin.stop();
  await using t = await serveItems(world, { item: item("two") });
  expect((await t.ask()).status).toBe(503);
});

test("5: neither Redis nor the disk holds a value in clear", async () => {
  await using world = await itemsWorld();
  world.origin.answers('{"v":"canary"}');
  await using t = await serveItems(world);
  await t.items.refresh("/a");
  expect(await readdir(world.folder)).toHaveLength(1);
  for (const key of await t.client.keys("*"))
    expect(String(await t.client.getBuffer(key))).not.toContain("canary");
  for (const name of await readdir(world.folder))
    expect(await readFile(join(world.folder, name), "latin1")).not.toContain("canary");
});

test("6: a corrupt copy is no server error, and a copy that cannot be written takes no fresh value away", async () => {
  await using world = await itemsWorld();
  {
    await using t = await serveItems(world);
    await t.items.refresh("/a");
    await t.client.set(itemKey("/a"), "corrupt");
  }
  const [name = ""] = await readdir(world.folder);
  await rm(join(world.folder, name));
  await writeFile(join(world.folder, name), "corrupt");
  world.origin.answers({ status: 500 });
  {
    await using t = await serveItems(world);
    expect((await t.ask()).status).toBe(503);
    expect((await readdir(world.folder)).some((each) => each.endsWith(".corrupt"))).toBe(true);
  }
  await using t = await serveItems(world);
  await rm(world.folder, { recursive: true });
  world.origin.answers('{"v":2}');
  t.advance(2 * MINUTE);
  expect(await t.ask()).toMatchObject({ status: 200, text: '{"v":2}' });
});

test("7: tokens can be digests, several and of bounded life; failures are challenged, throttled and not logged", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: closed });
  const unknown = await t.ask("/a", { headers: { Authorization: "Negotiate x" } });
  expect([unknown.status, unknown.headers["www-authenticate"]]).toEqual([401, expect.any(String)]);
  for (let i = 0; i < 10; i++) await t.ask("/a", show("canary"));
  expect((await t.ask("/a", show("canary"))).status).toBe(429);
  expect(JSON.stringify(t.lines)).not.toContain("canary");
});

test("8: a star can be kept within its segment", async () => {
  await using world = await itemsWorld();
  const items = ["/heroku/url", "/heroku/deep/url"].map((path) =>
    testItem(world.origin.url, { ...closed, path }),
  );
  const { items: settings } = await configOf({
    yaml: `items: { /x: { module: JsonHttp, parameters: { url: "http://127.0.0.1" } } }
auth: { app: { token: small, paths: "/heroku/*" } }`,
  });
  const clients = settings?.clients ?? [];
  await using t = await serveItems(world, { items, clients });
  expect((await t.ask("/heroku/url", show("small"))).status).toBe(200);
  expect((await t.ask("/heroku/deep/url", show("small"))).status).toBe(403);
});

test("9: a deep field can be chosen, and a source that starts to answer nothing takes nothing away", async () => {
  await using world = await itemsWorld();
  world.origin.answers('{"db":{"urls":["good"]}}');
  const fields = new Map([["url", "db.urls.0"]]);
  await using t = await serveItems(world, { item: { mode: "source", fields } });
  expect((await t.ask()).text).toBe('{"url":"good"}');
  world.origin.answers('{"db":{"urls":[null]}}');
  expect((await t.ask()).text).toBe('{"url":"good"}');
});

test("10: sources cannot lead elsewhere, and their bodies end", async () => {
  await using world = await itemsWorld();
  await using t = await serveItems(world, { item: { mode: "source", maxBody: 100 } });
  await t.ask();
  for (const answer of [
    { status: 302, headers: { Location: "http://169.254.169.254/latest" } },
    JSON.stringify("x".repeat(1_000)),
  ]) {
    world.origin.answers(answer);
    t.advance(2 * MINUTE);
    expect(await t.ask()).toMatchObject({ status: 200, text: '{"v":1}' });
  }
  const file = {
    yaml: 'items: { /a: { module: JsonHttp, parameters: { url: "file:///etc/passwd" } } }',
  };
  expect(await errorIn(file)).toContain("must start with http:// or https://");
});

test("11: what is needed for recovery outlives the process that kept it", async () => {
  await using world = await itemsWorld();
  {
    await using t = await serveItems(world);
    await t.ask();
  }
  await world.origin.stop();
  const elsewhere = await mkdtemp(join(tmpdir(), "warmfront-items-"));
  {
    await using t = await serveItems({ ...world, folder: elsewhere });
    expect((await t.ask()).text).toBe('{"v":1}');
    await t.client.flushdb();
  }
  await using t = await serveItems({ ...world, folder: elsewhere });
  expect((await t.ask()).text).toBe('{"v":1}');
  await rm(elsewhere, { recursive: true });
});

test("12: a secret that is made public is told of at the start", async () => {
  const yaml = (how: string) =>
    `items: { /a: { module: JsonHttp, parameters: { url: "http://127.0.0.1" }, ${how} } }`;
  const warnings = async (how: string) => (await configOf({ yaml: yaml(how) })).items?.warnings;
  expect(await warnings("public: true")).toEqual(["The item /a is open to everybody."]);
  expect(await warnings("disable_auth: true")).toEqual([expect.stringContaining("disable_auth")]);
  expect(await warnings("public: false")).toEqual([]);
});
