import { createServer } from "node:http";
import { expect, test } from "vitest";
import type { ReapRule } from "../../src/config/reap.ts";
import { reapByRule } from "../../src/mappings/reap-rule.ts";
import { compileRule } from "../../src/mappings/rule.ts";
import { createSend } from "../../src/mappings/send.ts";
import type { MappingLine, ReapMode } from "../../src/mappings/summary.ts";
import { undo } from "../../src/mappings/undo.ts";
import { listenLocally } from "../helpers/ports.ts";
import { LIMITS, type ReapTest, startReaper } from "./start-reaper.ts";

const RULE: ReapRule = {
  name: "avatars",
  key: "avatar:{user}:{size}",
  owner: "https://git.example/users/{user}",
  gone: [404, 410],
};

test.each([
  ["avatar:alice:64", "https://git.example/users/alice"],
  ["avatar:a b/../c?:64", "https://git.example/users/a%20b%2F..%2Fc%3F"],
  ["avatar:..:64", undefined],
  ["avatar:alice", undefined],
  ["avatar:alice:64:x", undefined],
  ["xavatar:alice:64", undefined],
])("the owner of %j is %j", (key, owner) => {
  expect(compileRule(RULE).ownerOf(key)).toBe(owner);
});

test("what a pattern holds beside names stands for itself", () => {
  const rule = compileRule({ ...RULE, key: "a.b*[{user}]?" });
  expect(rule.glob).toBe("a.b\\*\\[*\\]\\?");
  expect(rule.ownerOf("a.b*[alice]?")).toBe("https://git.example/users/alice");
  expect(rule.ownerOf("aXb*[alice]?")).toBeUndefined();
});

test("a rule that cannot work is refused", () => {
  expect(() => compileRule({ ...RULE, owner: "https://x/{who}" })).toThrow("has no {who}");
  expect(() => compileRule({ ...RULE, owner: "x/{user}" })).toThrow("is no URL");
});

/** Users by the status that tells of them; everything else breaks the connection. */
async function startOwners(statuses: Record<string, number>) {
  const seen: (string | undefined)[] = [];
  const owners = { statuses, seen, before: async (_: string) => undefined as unknown };
  const server = createServer(async (request, response) => {
    const user = decodeURIComponent(request.url?.split("/").at(-1) ?? "");
    seen.push(request.headers.authorization);
    await owners.before(user);
    const status = owners.statuses[user];
    if (status === undefined) return request.socket.destroy();
    response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end("x");
  });
  const port = await listenLocally(server);
  return {
    owners,
    url: `http://127.0.0.1:${port}/users/{user}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function run(t: ReapTest, rule: ReapRule, mode: ReapMode, limits = LIMITS) {
  const { send, close } = createSend({
    url: "http://unused",
    concurrency: 2,
    timeoutMs: 2_000,
    attempts: 1,
    longestWaitMs: 0,
  });
  const lines: MappingLine[] = [];
  const events = { mapping: (line: MappingLine) => void lines.push(line) };
  const signal = new AbortController().signal;
  const summary = await reapByRule(
    compileRule(rule),
    { ...t.tools, limits, send },
    { mode, signal, events },
  );
  await close();
  return { ...summary, lines };
}

test("keys whose owner is gone go, of whatever type; every other answer keeps them", async () => {
  await using t = await startReaper();
  const statuses = { alice: 200, bob: 404, carol: 410, dan: 403, erin: 500, frank: 302, gina: 429 };
  await using web = await startOwners(statuses);
  const { client } = t.pages;
  const users = [...Object.keys(statuses), "hank"];
  await Promise.all(users.map((user) => client.set(`avatar:${user}:64`, user)));
  await client.hset("avatar:bob:128", "type", "png");
  await client.set("avatar:bob", "another family");
  const before = await t.pages.all();
  const rule = { ...RULE, owner: web.url };
  expect(await run(t, rule, "dry-run")).toMatchObject({ cleaned: 3, mode: "dry-run" });
  expect(await t.pages.all()).toEqual(before);
  const summary = await run(t, rule, "apply");
  expect(summary).toMatchObject({
    rule: "avatars",
    outcome: "finished",
    scanned: 9,
    cleaned: 3,
    verdicts: { alive: 1, "owner-missing": 3, unknown: 5 },
  });
  expect(Object.keys(await t.pages.all()).sort()).toEqual(
    ["alice", "dan", "erin", "frank", "gina", "hank"]
      .map((user) => `avatar:${user}:64`)
      .concat("avatar:bob")
      .sort(),
  );
  expect(web.owners.seen.every((authorization) => authorization === undefined)).toBe(true);
  const signal = new AbortController().signal;
  const tools = { client, journal: t.tools.journal, now: t.tools.now };
  await undo(tools, summary.run, { dryRun: false, signal });
  expect(await t.pages.all()).toEqual(before);
  expect(await client.hgetall("avatar:bob:128")).toEqual({ type: "png" });
});

test("an owner who is back at the second look, or has written meanwhile, keeps the key", async () => {
  await using t = await startReaper();
  await using web = await startOwners({ bob: 404, carol: 404 });
  await t.pages.client.mset("avatar:bob:64", "1", "avatar:carol:64", "1");
  const asked: string[] = [];
  web.owners.before = async (user) => {
    asked.push(user);
    if (asked.length === 3) web.owners.statuses.bob = 200;
    if (asked.length === 3) await t.pages.client.set("avatar:carol:64", "2");
    return undefined;
  };
  const summary = await run(t, { ...RULE, owner: web.url }, "apply");
  expect(summary).toMatchObject({ outcome: "finished", cleaned: 0 });
  expect(summary.lines.map(({ action }) => action)).toEqual(["changed", "changed"]);
  expect(await t.pages.all()).toEqual({ "avatar:bob:64": "1", "avatar:carol:64": "2" });
});

test("the brake holds for rules too", async () => {
  await using t = await startReaper();
  await using web = await startOwners({ bob: 404 });
  await t.pages.client.set("avatar:bob:64", "1");
  const limits = { ...LIMITS, brake: { mappings: 0, share: 0.5, unsure: 1 } };
  expect(await run(t, { ...RULE, owner: web.url }, "apply", limits)).toMatchObject({
    outcome: "stopped",
  });
  expect(await t.pages.all()).toEqual({ "avatar:bob:64": "1" });
});
