/** What the reaper that came with the pages server did wrong, each as it would have happened. */
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { LOCK_KEY } from "../../src/mappings/lock.ts";
import { exitCodeOf } from "../../src/mappings/summary.ts";
import type { Misbehaviour } from "../helpers/forge.ts";
import { BYSTANDERS, redirects, registered, router, shown, visited } from "./plugin.ts";
import { LIMITS, startReaper } from "./start-reaper.ts";

const LIVE = { domain: "www.example.com", user: "alice", repo: "blog" };
const DEAD = { domain: "old.example.org", user: "bob", repo: "gone" };
const FILE = { file: "custom_domain: www.example.com" };

test.each<Misbehaviour>([
  "unauthorized",
  "forbidden",
  "busy-429",
  "error-500",
  "bad-gateway",
  "login-page",
  "html-404",
  "gateway-404",
  "reset",
])(
  "1: a forge that answers %s to everything loses nobody a domain, and the exit code says so",
  async (how) => {
    await using t = await startReaper();
    t.forge.repositories.set("alice/blog", FILE);
    await t.pages.write(registered(LIVE), registered(DEAD), BYSTANDERS);
    t.forge.behave = (path) => (path.includes("/repos/") ? how : undefined);
    const during = await t.run();
    expect(exitCodeOf(during)).toBeGreaterThan(0);
    t.forge.behave = () => how;
    expect(exitCodeOf(await t.run())).toBe(1);
    expect(await t.pages.all()).toEqual(shown(registered(LIVE), registered(DEAD), BYSTANDERS));
  },
);

test("2: a live branch domain is not taken for a repository with a colon in its name", async () => {
  await using t = await startReaper();
  t.forge.repositories.set("alice/blog", {
    file: "custom_domain: www.example.com\nenable_branches: [stage]",
  });
  const branch = registered({ ...LIVE, domain: "stage.www.example.com", branch: "stage" });
  await t.pages.write(registered(LIVE), branch);
  expect(await t.run()).toMatchObject({ cleaned: 0, verdicts: { alive: 2 } });
  expect(await t.pages.all()).toEqual(shown(registered(LIVE), branch));
  expect(t.forge.requests.join()).not.toMatch(/:stage|%3Astage/);
});

test("3: router keys go in the letter case of the pages server, and in the one in which they were left behind", async () => {
  await using t = await startReaper();
  const lower = ["entrypoints/0", "entrypoints/1", "tls/certresolver"].map((suffix) => ({
    key: `traefik/http/routers/custom-old-example-org/${suffix}`,
    value: "x",
  }));
  await t.pages.write(registered(DEAD), lower);
  await t.run();
  expect(await t.pages.all()).toEqual({});
});

test("4: second entry points, further middlewares, redirects, branch keys, password and pages go too", async () => {
  await using t = await startReaper();
  await t.pages.write(
    registered(DEAD),
    registered({ ...DEAD, domain: "stage.old.example.org", branch: "stage" }),
    redirects(DEAD.domain, 3),
    visited("bob", "gone"),
    visited("bob", "gone", "stage"),
  );
  await t.run();
  expect(await t.pages.all()).toEqual({});
});

test("5: the root key of the routers is a setting", async () => {
  await using t = await startReaper();
  const other = router("custom-old-example-org", DEAD.domain, "traefik");
  await t.pages.write(
    registered({ ...DEAD, root: "edge/main" }),
    redirects(DEAD.domain, 1, "edge/main"),
    other,
  );
  await t.run({ tools: { names: { rootKey: "edge/main", mappingPrefix: "custom_domain:" } } });
  expect(await t.pages.all()).toEqual(shown(other));
});

test("6: names are made as the pages server makes them: only dots become hyphens", async () => {
  await using t = await startReaper();
  const odd = { ...DEAD, domain: "my_old.example.org" };
  const other = router("custom-my-old-example-org", "my-old.example.org");
  await t.pages.write(registered(odd), redirects(odd.domain, 1), other);
  await t.run();
  expect(await t.pages.all()).toEqual(shown(other));
});

test("7: a dead domain does not take the router of a live one with the same name", async () => {
  await using t = await startReaper();
  const live = registered({ domain: "a-b.com", user: "alice", repo: "blog" });
  t.forge.repositories.set("alice/blog", { file: "custom_domain: a-b.com" });
  await t.pages.write(registered({ ...DEAD, domain: "a.b.com" }), live);
  await t.run();
  expect(await t.pages.all()).toEqual(shown(live));
});

test("8: a reverse key that names another domain stays", async () => {
  await using t = await startReaper();
  const now = registered({ ...LIVE, domain: "new.example.com" });
  t.forge.repositories.set("alice/blog", { file: "custom_domain: new.example.com" });
  await t.pages.write(registered(LIVE), now);
  expect(await t.run()).toMatchObject({ cleaned: 1 });
  expect(await t.pages.all()).toEqual(shown(now));
});

test("9: the value of one key cannot name a key of another family to delete", async () => {
  await using t = await startReaper();
  const victim = registered({ ...LIVE, domain: "victim.example" });
  t.forge.repositories.set("alice/blog", { file: "custom_domain: victim.example" });
  const evil = { key: "custom_domain:evil.example", value: "custom_domain:victim.example" };
  const worse = { key: "custom_domain:worse.example", value: "password:alice:blog" };
  const hash = [{ key: "password:alice:blog", value: "worse.example", ttlSeconds: 60 }];
  await t.pages.write(victim, [evil, worse], hash);
  await t.run();
  expect(await t.pages.all()).toEqual(shown(victim, hash));
});

test.each([
  ["the domain has changed", "custom_domain: other.example.com", "domain-changed"],
  ["the domain was taken out", "directory_index: true", "domain-changed"],
  ["the site was disabled", "custom_domain: www.example.com\nenabled: false", "disabled"],
])("10: when %s, the mapping goes", async (_, file, verdict) => {
  await using t = await startReaper();
  t.forge.repositories.set("alice/blog", { file });
  await t.pages.write(registered(LIVE));
  expect(await t.run()).toMatchObject({ cleaned: 1, verdicts: { [verdict]: 1 } });
  expect(await t.pages.all()).toEqual({});
});

test("11: only what is gone is counted as cleaned, and what fails fails the run", async () => {
  await using t = await startReaper();
  await t.pages.write(registered(DEAD));
  const user = ["SETUSER", "default", "-unlink", "-del"] as const;
  await t.pages.client.acl(...user);
  const summary = await t.run();
  expect(summary).toMatchObject({ outcome: "failed", cleaned: 0 });
  expect(exitCodeOf(summary)).toBe(1);
  await t.pages.client.acl("SETUSER", "default", "+@all");
  expect(await t.pages.all()).toMatchObject(shown(registered(DEAD)));
});

test("12: a mapping that a scan tells of twice is judged and counted once", async () => {
  await using t = await startReaper();
  await t.pages.write(registered(DEAD));
  const { client } = t.pages;
  const twice = new Proxy(client, {
    get(target, name) {
      if (name !== "scanBuffer") return Reflect.get(target, name);
      return async (...args: [string]) => {
        const [cursor, keys] = await client.scanBuffer(...args);
        return [cursor, [...keys, ...keys]];
      };
    },
  });
  for (const mode of ["dry-run", "apply"] as const) {
    const summary = await t.run({ mode, tools: { client: twice } });
    expect(summary).toMatchObject({ scanned: 1, judged: 1, cleaned: 1, errors: {} });
    expect(exitCodeOf(summary)).toBe(0);
  }
});

test("13: a key of another type under the prefix is an error of its own and ends nothing", async () => {
  await using t = await startReaper();
  await t.pages.client.hset("custom_domain:h.example", "a", "b");
  await t.pages.client.rpush("custom_domain:l.example", "a");
  await t.pages.write(registered(DEAD));
  const summary = await t.run();
  expect(summary).toMatchObject({ outcome: "finished", cleaned: 1, errors: { malformed: 2 } });
  expect(await t.pages.all()).toEqual({
    "custom_domain:h.example": "(not a string)",
    "custom_domain:l.example": "(not a string)",
  });
});

test("14: a domain that is registered anew between judging and removing keeps its new mapping", async () => {
  await using t = await startReaper();
  await t.pages.write(registered(DEAD));
  const anew = registered({ ...DEAD, user: "carol", repo: "site" });
  t.forge.behave = async (_, number) => {
    // Version, user, file, repository: then comes the second look.
    if (number === 5) await t.pages.write(anew);
    return undefined;
  };
  expect(await t.run()).toMatchObject({ cleaned: 0 });
  const reverse = [{ key: "bob:gone", value: DEAD.domain }];
  expect(await t.pages.all()).toEqual(shown(anew, reverse));
});

test("15: two runs do not overlap, a Redis that hangs ends a run, and too many deaths stop one", async () => {
  await using t = await startReaper();
  await t.pages.write(registered(DEAD));
  await t.pages.client.set(LOCK_KEY, "20261121T000000Z-abcdef token", "PX", 60_000);
  const overlapping = await t.run();
  expect(overlapping).toMatchObject({
    outcome: "busy",
    because: "Run 20261121T000000Z-abcdef is under way on this pages Redis.",
  });
  await t.pages.client.del(LOCK_KEY);
  const braked = await t.run({
    tools: { limits: { ...LIMITS, brake: { mappings: 0, share: 0.2, unsure: 1 } } },
  });
  expect(braked).toMatchObject({
    outcome: "stopped",
    because: "Nothing was removed: 1 of 1 mappings would go.",
  });
  expect(braked.lines).toEqual([expect.objectContaining({ action: "held-back" })]);
  expect(await t.pages.all()).toEqual(shown(registered(DEAD)));
  t.forge.behave = async (_, number) => {
    if (number > 8) t.pages.server.freeze();
    return undefined;
  };
  const client = new Redis(t.pages.server.socket, { commandTimeout: 300, maxRetriesPerRequest: 0 });
  client.on("error", () => undefined);
  expect(await t.run({ tools: { client } })).toMatchObject({ outcome: "failed" });
  client.disconnect();
  t.pages.server.thaw();
});

test("16: a token is not shown by anything that a run tells", async () => {
  await using t = await startReaper();
  await t.pages.write(registered(DEAD));
  t.forge.behave = (path) => (path.includes("/repos/") ? "redirect-elsewhere" : undefined);
  const summary = await t.run();
  expect(JSON.stringify(summary)).not.toContain("an-administrators-token");
});
