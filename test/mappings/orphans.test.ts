import { expect, test } from "vitest";
import { reapOrphans } from "../../src/mappings/reap-orphans.ts";
import type { MappingLine, ReapMode } from "../../src/mappings/summary.ts";
import { undo } from "../../src/mappings/undo.ts";
import { BYSTANDERS, redirects, registered, router, shown } from "./plugin.ts";
import { LIMITS, type ReapTest, startReaper } from "./start-reaper.ts";

const LIVE = registered({ domain: "www.example.com", user: "alice", repo: "blog" });
const BRANCH = registered({
  domain: "stage.www.example.com",
  user: "alice",
  repo: "blog",
  branch: "stage",
});

async function orphans(
  t: ReapTest,
  mode: ReapMode,
  options: { force?: boolean; limits?: typeof LIMITS } = {},
) {
  const lines: MappingLine[] = [];
  const { limits = LIMITS, force = false } = options;
  const summary = await reapOrphans(
    { ...t.tools, limits },
    {
      mode,
      force,
      signal: new AbortController().signal,
      events: { mapping: (line) => void lines.push(line) },
    },
  );
  return { ...summary, lines };
}

const LOST = [
  ...router("custom-lost-example", "lost.example"),
  ...redirects("lost.example", 2).filter(({ key }) => !key.includes("/routers/")),
  { key: "bob:gone", value: "lost.example" },
  { key: "bob:gone:branch:feature/x", value: "feature-x.lost.example" },
];

test("keys of mappings that are not there are told, and nothing is touched", async () => {
  await using t = await startReaper();
  await t.pages.write(LIVE, BRANCH, redirects("www.example.com", 1), BYSTANDERS, LOST);
  const all = await t.pages.all();
  const summary = await orphans(t, "dry-run");
  expect(summary).toMatchObject({ outcome: "finished", cleaned: 5, requests: 0 });
  expect(summary.lines.map(({ domain, detail }) => `${detail} ${domain}`).sort()).toEqual([
    "redirect lost-example",
    "redirect-count lost.example",
    "reverse feature-x.lost.example",
    "reverse lost.example",
    "router lost-example",
  ]);
  expect(await t.pages.all()).toEqual(all);
});

test("they are removed when that is asked for, on record", async () => {
  await using t = await startReaper();
  await t.pages.write(LIVE, BRANCH, redirects("www.example.com", 1), BYSTANDERS, LOST);
  const before = await t.pages.all();
  const summary = await orphans(t, "apply");
  expect(summary).toMatchObject({ outcome: "finished", cleaned: 5, keysRemoved: LOST.length });
  const after = await t.pages.all();
  expect(
    Object.keys(before)
      .filter((key) => after[key] === undefined)
      .sort(),
  ).toEqual(LOST.map(({ key }) => key).sort());
  const { client, journal } = t.tools;
  const signal = new AbortController().signal;
  await undo({ client, journal, now: Date.now }, summary.run, { dryRun: false, signal });
  expect(await t.pages.all()).toEqual(before);
});

test("a router without a rule, as earlier reapers left them, is an orphan", async () => {
  await using t = await startReaper();
  const rest = router("custom-lost-example", "lost.example").filter(
    ({ key }) => !key.endsWith("/rule"),
  );
  await t.pages.write(LIVE, rest);
  expect(await orphans(t, "apply")).toMatchObject({ cleaned: 1, keysRemoved: 6 });
  expect(await t.pages.all()).toEqual(shown(LIVE));
});

test("a mapping that comes back before its orphans are removed keeps them", async () => {
  await using t = await startReaper();
  await t.pages.write(LIVE, LOST);
  const { client } = t.pages;
  let scans = 0;
  const meddled = new Proxy(client, {
    get(target, name) {
      if (name !== "scanBuffer") return Reflect.get(target, name);
      return async (...args: [string]) => {
        scans += 1;
        const reply = await client.scanBuffer(...args);
        if (scans === 2) await client.set("custom_domain:lost.example", "bob:gone");
        return reply;
      };
    },
  });
  const summary = await reapOrphans(
    { ...t.tools, client: meddled },
    { mode: "apply", signal: new AbortController().signal },
  );
  // Its branch, its redirects, which no rule claims, and nothing else.
  expect(summary.cleaned).toBeLessThanOrEqual(2);
  expect(await t.pages.all()).toMatchObject(
    shown(LIVE, router("custom-lost-example", "lost.example"), [
      { key: "bob:gone", value: "lost.example" },
      { key: "redirects_meta:lost.example", value: "count=2" },
    ]),
  );
});

test("the brake holds for orphans too", async () => {
  await using t = await startReaper();
  await t.pages.write(LIVE, LOST);
  const limits = { ...LIMITS, brake: { mappings: 2, share: 0.2, unsure: 1 } };
  expect(await orphans(t, "apply", { limits })).toMatchObject({ outcome: "stopped", cleaned: 0 });
  expect(await orphans(t, "dry-run", { limits })).toMatchObject({
    brake: "5 of 6 mappings would go",
  });
  expect(await orphans(t, "apply", { limits, force: true })).toMatchObject({ cleaned: 5 });
});

test("keys of others that look alike are no orphans", async () => {
  await using t = await startReaper();
  const others = [
    { key: "session:42", value: "not a domain" },
    { key: "user:1", value: "alice" },
    { key: "profile:octocat", value: "octocat.example.com" },
    { key: "alice:blog::public/x.html", value: "www.example.net", ttlSeconds: 300 },
  ];
  await t.pages.write(LIVE, others, BYSTANDERS);
  await t.pages.client.hset("some:hash", "a", "b");
  expect(await orphans(t, "dry-run")).toMatchObject({ cleaned: 0 });
});
