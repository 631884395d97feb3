import { createServer } from "node:http";
import { expect, test } from "vitest";
import { REAP_DEFAULTS, type ReapSettings } from "../../src/config/reap.ts";
import { createLogger } from "../../src/logger.ts";
import { openReaper } from "../../src/mappings/reaper.ts";
import { listenLocally } from "../helpers/ports.ts";
import { createMemoryJournal } from "./memory-journal.ts";
import { registered } from "./plugin.ts";
import { ADMIN, type ReapTest, startReaper } from "./start-reaper.ts";

function open(t: ReapTest, changes: Partial<ReapSettings> = {}) {
  const { mode, rootKey, mappingPrefix, strikes, brake, keepRecordsMs, ...patience } =
    REAP_DEFAULTS;
  const redis = { kind: "socket", path: t.pages.server.socket } as const;
  const settings: ReapSettings = {
    mode,
    pages: { redis, rootKey, mappingPrefix },
    forge: { url: t.forge.url, token: ADMIN, ...patience },
    strikes,
    brake,
    keepRecordsMs,
    dnsProof: false,
    rules: [],
    ...changes,
  };
  const logger = createLogger({ level: "silent", pretty: false });
  const reaper = openReaper(settings, createMemoryJournal(), logger);
  return { ...reaper, [Symbol.asyncDispose]: reaper.close };
}

test("a reaper made from settings runs over mappings, then by each rule", async () => {
  await using t = await startReaper();
  const web = createServer((request, response) => {
    expect(request.headers.authorization).toBeUndefined();
    response.writeHead(410).end();
  });
  const port = await listenLocally(web);
  const rule = {
    name: "avatars",
    key: "avatar:{user}",
    owner: `http://127.0.0.1:${port}/{user}`,
    gone: [410],
  };
  await t.pages.write(registered({ domain: "old.example.org", user: "bob", repo: "gone" }));
  await t.pages.client.set("avatar:bob", "x");
  await using reaper = open(t, { rules: [rule] });
  expect(await reaper.ready()).toBeUndefined();
  const signal = new AbortController().signal;
  expect(await reaper.run({ mode: "apply", signal })).toMatchObject([
    { outcome: "finished", cleaned: 1, requests: 6 },
    { outcome: "finished", cleaned: 1, rule: "avatars", requests: 2 },
  ]);
  expect(await t.pages.all()).toEqual({});
  web.close();
});

test("a reaper whose pages Redis is away says why", async () => {
  await using t = await startReaper();
  await t.pages.server.kill();
  await using reaper = open(t);
  expect(await reaper.ready()).toMatch(/ECONNREFUSED|ENOENT/);
});

test("a rule that makes no sense stops the start", async () => {
  await using t = await startReaper();
  const rule = { name: "avatars", key: "avatar:{user}", owner: "https://x/{who}", gone: [404] };
  expect(() => open(t, { rules: [rule] })).toThrow("The key of rule avatars has no {who}.");
});
