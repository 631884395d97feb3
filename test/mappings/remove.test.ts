import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Cluster, Redis } from "ioredis";
import { expect, test } from "vitest";
import { createFileJournal } from "../../src/mappings/journal-file.ts";
import { LOCK_KEY } from "../../src/mappings/lock.ts";
import { createRemover } from "../../src/mappings/remove.ts";
import { undo } from "../../src/mappings/undo.ts";
import type { RedisClient } from "../../src/redis/connect.ts";
import { freePort } from "../helpers/ports.ts";
import {
  BYSTANDERS,
  type PagesRedis,
  redirects,
  registered,
  shown,
  startPagesRedis,
  visited,
} from "./plugin.ts";
import { type ReapTest, startReaper } from "./start-reaper.ts";

const DEAD = { domain: "old.example.org", user: "bob", repo: "gone" };
const LIVE = { domain: "www.example.com", user: "alice", repo: "blog" };
const NEVER = new AbortController().signal;

/** The three ways in which a Redis can be written to, each with what it takes to get there. */
const WAYS: Record<string, (client: Redis) => Promise<unknown>> = {
  "by script": async () => undefined,
  "by transaction, where scripts are forbidden": (client) =>
    client.acl("SETUSER", "default", "-@scripting"),
};

const value = (text: string) => ({ value: Buffer.from(text) });

async function removesAsAsked(client: RedisClient, pages: PagesRedis): Promise<void> {
  const { remove } = createRemover(client);
  await client.set("forward", "1");
  await client.set("changed", "new");
  await client.hset("hash", "a", "1");
  const guards = [
    { key: "forward", value: Buffer.from("1") },
    { key: "absent", value: null },
  ];
  const keys = [
    { key: "forward", held: value("1") },
    { key: "changed", held: value("old") },
    { key: "hash", held: value("1") },
    { key: "gone", held: value("1") },
  ];
  for (const broken of [
    [{ key: "forward", value: Buffer.from("2") }],
    [{ key: "forward", value: null }],
    [...guards, { key: "hash", value: Buffer.from("1") }],
    [{ key: "absent", value: Buffer.from("1") }],
  ]) {
    expect(await remove({ guards: broken, keys })).toBe("changed");
  }
  expect(await remove({ guards, keys })).toEqual({ keys: ["forward"] });
  expect(await pages.all()).toEqual({ changed: "new", hash: "(not a string)" });
  const dump = await client.dumpBuffer("hash");
  await client.hset("hash", "a", "2");
  const held = { dump: dump as Buffer };
  expect(await remove({ guards: [], keys: [{ key: "hash", held }] })).toEqual({ keys: [] });
  await client.hset("hash", "a", "1");
  expect(await remove({ guards: [], keys: [{ key: "hash", held }] })).toEqual({ keys: ["hash"] });
}

test.each(Object.entries(WAYS))("compares and deletes %s", async (_, prepare) => {
  await using pages = await startPagesRedis();
  await prepare(pages.client);
  const client = new Redis(pages.server.socket);
  await pages.client.acl("SETUSER", "reader", "on", "nopass", "~*", "+@all");
  await pages.client.auth("reader", "x");
  await removesAsAsked(client, pages);
  client.disconnect();
});

test("a transaction takes nothing when somebody writes between its look and its end", async () => {
  await using pages = await startPagesRedis();
  const client = new Redis(pages.server.socket);
  await client.acl("SETUSER", "default", "-@scripting");
  await pages.client.set("forward", "1");
  const { multi } = client;
  let meddled = 0;
  client.multi = ((...args: []) => {
    const transaction = multi.apply(client, args);
    const { exec } = transaction;
    transaction.exec = async () => {
      meddled += 1;
      await pages.client.set("forward", "2");
      return exec.call(transaction);
    };
    return transaction;
  }) as typeof multi;
  const removal = { guards: [], keys: [{ key: "forward", held: value("1") }] };
  expect(await createRemover(client).remove(removal)).toEqual({ keys: [] });
  expect(meddled).toBe(1);
  expect(await pages.client.get("forward")).toBe("2");
  client.disconnect();
});

async function leavesOnlyTheLiving(t: ReapTest, pages: PagesRedis, client: RedisClient) {
  t.forge.repositories.set("alice/blog", { file: "custom_domain: www.example.com" });
  const before = [registered(LIVE), registered(DEAD), redirects(DEAD.domain, 2), BYSTANDERS];
  for (const { key, value: text } of before.flat()) await client.set(key, text);
  for (const { key, value: text } of visited("bob", "gone")) await client.set(key, text, "EX", 60);
  const all = await pages.all();
  const summary = await t.run({ tools: { client } });
  expect(summary).toMatchObject({ outcome: "finished", cleaned: 1, keysRemoved: 19 + 1 - 2 });
  const bystanders = BYSTANDERS.map(({ key, value: text }) => ({ key, value: text }));
  expect(await pages.all()).toEqual(shown(registered(LIVE), bystanders));
  const { journal } = t.tools;
  const undone = await undo({ client, journal, now: Date.now }, summary.run, {
    dryRun: false,
    signal: NEVER,
  });
  expect(undone).toMatchObject({ restored: 1, keys: 18, taken: [] });
  const lasting = Object.entries(all).filter(([, held]) => !held.endsWith("(cached)"));
  expect(await pages.all()).toEqual(Object.fromEntries(lasting));
  expect(await client.get(LOCK_KEY)).toBeNull();
}

test("a run works, and can be undone, where scripts are forbidden", async () => {
  await using t = await startReaper();
  const client = new Redis(t.pages.server.socket);
  await t.pages.client.acl("SETUSER", "limited", "on", ">p", "~*", "+@all", "-@scripting");
  await client.auth("limited", "p");
  await leavesOnlyTheLiving(t, t.pages, client);
  client.disconnect();
});

test("a run works, and can be undone, in a Cluster", async () => {
  await using t = await startReaper();
  const bus = ["--cluster-port", String(await freePort()), "--cluster-announce-ip", "127.0.0.1"];
  const args = ["--cluster-enabled", "yes", "--databases", "1", ...bus];
  await using pages = await startPagesRedis(args);
  await pages.client.cluster("ADDSLOTSRANGE", 0, 16_383);
  const { hostname: host, port } = new URL(pages.server.url);
  const state = () => pages.client.cluster("INFO");
  await expect.poll(state, { timeout: 10_000 }).toContain("cluster_state:ok");
  const client = new Cluster([{ host, port: Number(port) }]);
  await leavesOnlyTheLiving(t, pages, client);
  await client.flushall();
  await removesAsAsked(client, pages);
  client.disconnect();
});

test("a lock that another has taken over fails every removal", async () => {
  await using t = await startReaper();
  await t.pages.write(registered(DEAD));
  t.forge.behave = async (_, number) => {
    if (number === 5) await t.pages.client.set(LOCK_KEY, "somebody else");
    return undefined;
  };
  expect(await t.run()).toMatchObject({ cleaned: 0 });
  expect(await t.pages.all()).toEqual({ ...shown(registered(DEAD)), [LOCK_KEY]: "somebody else" });
});

test("a removal that could not be recorded does not happen", async () => {
  await using t = await startReaper();
  await t.pages.write(registered(DEAD));
  await writeFile(join(t.folder, "file"), "");
  const journal = createFileJournal(join(t.folder, "file", "folder"));
  expect(await t.run({ tools: { journal } })).toMatchObject({ outcome: "failed", cleaned: 0 });
  expect(await t.pages.all()).toEqual(shown(registered(DEAD)));
});

test("a Redis that is lost in the middle fails the run, and the next one finishes it", async () => {
  await using t = await startReaper({
    redisArgs: ["--appendonly", "yes", "--appendfsync", "always"],
  });
  const domains = ["a.example", "b.example", "c.example", "d.example"];
  await t.pages.write(
    ...domains.map((domain, i) => registered({ domain, user: "bob", repo: `r${i}` })),
  );
  const looks = 2 + 2 * domains.length;
  t.forge.behave = async (_, number) => {
    if (number === looks + 3) await t.pages.server.kill();
    return undefined;
  };
  const lost = await t.run();
  expect(lost).toMatchObject({ outcome: "failed" });
  expect(lost.cleaned).toBeLessThan(domains.length);
  t.forge.behave = () => undefined;
  await t.pages.server.restart();
  await expect.poll(() => t.pages.client.ping().catch(() => "")).toBe("PONG");
  await t.pages.client.del(LOCK_KEY);
  expect(await t.run()).toMatchObject({ outcome: "finished" });
  expect(await t.pages.all()).toEqual({});
});

test("a forge that is lost in the middle of removing keeps what was not looked at again", async () => {
  await using t = await startReaper();
  const domains = Array.from({ length: 12 }, (_, i) => `d${i}.example`);
  await t.pages.write(
    ...domains.map((domain, i) => registered({ domain, user: "bob", repo: `r${i}` })),
  );
  t.forge.behave = (_, number) => (number > 2 + 24 + 8 ? "reset" : undefined);
  const summary = await t.run();
  expect(summary.outcome).toBe("finished");
  const left = domains.length - summary.cleaned;
  expect(left).toBeGreaterThan(0);
  expect(summary.lines.filter(({ action }) => action === "changed")).toHaveLength(left);
  expect(Object.keys(await t.pages.all())).toHaveLength(9 * left);
});
