import { expect, test, vi } from "vitest";
import { startControlPlane } from "../helpers/control-plane.ts";
import { type FrontOptions, startFront, type TestFront } from "../helpers/front.ts";
import { stored } from "../helpers/stored.ts";

const kept: FrontOptions = {
  freshness: { freshForMs: 60_000, staleIfErrorMs: 3_600_000 },
  versions: 2,
};

/** Lets the source's next answer replace what is stored. */
async function replace(front: TestFront, target: string, headers = {}): Promise<void> {
  front.advance(61_000);
  await stored(front, target, headers);
}

async function start(options: FrontOptions = kept) {
  const front = await startFront(options);
  const control = await startControlPlane(front);
  return {
    front,
    control,
    async versionsOf(query: string): Promise<{ version: string; id: string; bytes: number }[]> {
      return (await control.get(`/versions?url=${query}`)).json.versions;
    },
    async [Symbol.asyncDispose]() {
      await control[Symbol.asyncDispose]();
      await front[Symbol.asyncDispose]();
    },
  };
}

test("the last replaced versions are kept, compared, and brought back until the next refresh", async () => {
  await using world = await start();
  const { front, control } = world;
  front.origin.answers("1\n", "22\n", "333\n", "4444\n", "55555\n");
  await stored(front, "/list");
  for (let i = 0; i < 3; i++) await replace(front, "/list");
  expect((await front.ask("/list")).text).toBe("4444\n");
  await vi.waitFor(async () => expect(await world.versionsOf("/list")).toHaveLength(3));
  const versions = await world.versionsOf("/list");
  expect(versions.map(({ bytes }) => bytes)).toEqual([5, 4, 3]);
  expect(versions[0]?.version).toBe("current");

  const oldest = versions[2]?.id as string;
  const compared = await control.get(`/versions/diff?url=/list&a=${oldest}`);
  expect(compared.json).toEqual({
    ...{ a: oldest, b: "current", kind: "text" },
    diff: `--- ${oldest}\n+++ current\n@@ -1,1 +1,1 @@\n-22\n+4444\n`,
  });

  const done = await control.post("/versions/rollback", { url: "/list", version: oldest });
  expect(done).toMatchObject({
    status: 200,
    json: { action: "rollback", what: [`/list to ${oldest}`] },
  });
  await vi.waitFor(async () => expect((await front.ask("/list")).text).toBe("22\n"));
  const brought = await front.ask("/list");
  expect(brought.cacheStatus).toMatch(/hit; ttl=\d\d$/);
  expect(Number(brought.headers.age)).toBeLessThan(5);
  expect(front.origin.requests).toHaveLength(4);
  expect((await world.versionsOf("/list")).map(({ bytes }) => bytes)).toEqual([3, 5, 4]);
  expect((await control.get("/purge/audit")).json.records).toMatchObject([
    { action: "rollback", count: 1, who: "anybody from 127.0.0.1" },
  ]);

  await replace(front, "/list");
  expect((await front.ask("/list")).text).toBe("55555\n");
});

test("neither a validation nor a repetition makes a version, and neither does an error", async () => {
  await using world = await start({
    ...kept,
    freshness: { freshForMs: 60_000, perStatus: new Map([[404, 60_000]]) },
  });
  const { front } = world;
  const answers = [
    { headers: { ETag: '"a"' }, body: "one" },
    { status: 304, headers: { ETag: '"a"' } },
    { body: "one" },
    { status: 404, body: "gone" },
    { body: "two" },
  ] as const;
  front.origin.answers(...answers);
  await stored(front, "/list");
  for (let i = 1; i < answers.length; i++) await replace(front, "/list");
  await vi.waitFor(async () => expect(await world.versionsOf("/list")).toHaveLength(2));
  expect((await world.versionsOf("/list"))[1]).toMatchObject({ bytes: 3, status: 200 });
});

test("versions are those of one variant and one principal", async () => {
  await using world = await start({ ...kept, perPrincipal: true });
  const { front } = world;
  front.origin.on((req, res) => {
    const { accept = "any", authorization = "nobody" } = req.headers;
    res.end(`${accept} ${authorization} ${"x".repeat(front.origin.requests.length)}`);
  });
  const csv = { accept: "text/csv" };
  const alice = { authorization: "alice" };
  for (const headers of [{}, csv, alice]) await stored(front, "/list", headers);
  for (const headers of [csv, csv, alice]) await replace(front, "/list", headers);
  await vi.waitFor(async () => {
    expect(await world.versionsOf("/list")).toHaveLength(1);
    expect(await world.versionsOf("/list&header=Accept:text/csv")).toHaveLength(3);
    expect(await world.versionsOf("/list&header=Authorization:alice")).toHaveLength(2);
    expect(await world.versionsOf("/list&header=Authorization:bob")).toHaveLength(0);
  });
});

test("a refresh job keeps versions too", async () => {
  await using world = await start({
    freshness: { freshForMs: 60_000, staleWhileRevalidateMs: 3_600_000 },
    versions: 1,
  });
  const { front } = world;
  front.origin.answers("one", "two");
  await stored(front, "/list");
  front.advance(61_000);
  await front.ask("/list");
  await vi.waitFor(async () => expect((await front.ask("/list")).text).toBe("two"));
  await vi.waitFor(async () => expect(await world.versionsOf("/list")).toHaveLength(2));
});

test("what was purged is in no version, and cannot be brought back", async () => {
  await using world = await start();
  const { front, control } = world;
  front.origin.answers("one", "two", "three");
  await stored(front, "/list");
  await replace(front, "/list");
  await vi.waitFor(async () => expect(await world.versionsOf("/list")).toHaveLength(2));
  const old = (await world.versionsOf("/list"))[1]?.id as string;
  await control.post("/purge", { url: "/list" });
  expect(await world.versionsOf("/list")).toEqual([]);
  const done = await control.post("/versions/rollback", { url: "/list", version: old });
  expect(done).toMatchObject({
    status: 404,
    json: { type: "urn:warmfront:problem:unknown-version" },
  });
});

test("a route that keeps no versions has none, and wrong requests name the field", async () => {
  await using world = await start({ freshness: { freshForMs: 60_000 }, path: "/api/*" });
  const { front, control } = world;
  front.origin.answers("one", "two");
  await stored(front, "/api/a");
  await replace(front, "/api/a");
  const listed = await control.get("/versions?url=/api/a");
  expect(listed.json).toMatchObject({ kept: 0, versions: [{ version: "current" }] });
  for (const [path, detail] of [
    ["/versions?url=/other", "url is a path for which no route is configured."],
    ["/versions?url=/api/a&header=x", "header must be `Name: value`, once or more."],
    ["/versions?url=/api/a&headers=x", "headers is not known here."],
    ["/versions/diff?url=/api/a", "a must name a version, as the list does, or `current`."],
  ] as const)
    expect(await control.get(path)).toMatchObject({ status: 400, json: { detail } });
  expect(await control.get("/versions/diff?url=/api/a&a=nope")).toMatchObject({ status: 404 });
  expect(await control.post("/versions/rollback", { url: "/api/a" })).toMatchObject({
    status: 400,
    json: { detail: "version must name a version, as the list does." },
  });
});
