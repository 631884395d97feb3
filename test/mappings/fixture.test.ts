import { expect, test } from "vitest";
import { BYSTANDERS, type Entry, redirects, registered, router, shown, visited } from "./plugin.ts";
import { startReaper } from "./start-reaper.ts";

const ALICE = { user: "alice", repo: "blog" };

test("a live main domain keeps every key", async () => {
  await using t = await startReaper();
  const live = registered({ domain: "www.example.com", ...ALICE });
  await t.pages.write(live, BYSTANDERS);
  t.forge.repositories.set("alice/blog", { file: "custom_domain: www.example.com\n" });
  const summary = await t.run();
  expect(summary).toMatchObject({
    outcome: "finished",
    scanned: 1,
    cleaned: 0,
    verdicts: { alive: 1 },
  });
  expect(await t.pages.all()).toEqual(shown(live, BYSTANDERS));
});

test("a live branch domain survives beside its main domain, with one look at the repository", async () => {
  await using t = await startReaper();
  const live = [
    ...registered({ domain: "www.example.com", ...ALICE }),
    ...registered({ domain: "feature-new-ui.www.example.com", ...ALICE, branch: "feature/new-ui" }),
  ];
  await t.pages.write(live);
  const file = "custom_domain: www.example.com\nenable_branches:\n  - feature/new-ui\n";
  t.forge.repositories.set("alice/blog", { file });
  expect(await t.run()).toMatchObject({ cleaned: 0, verdicts: { alive: 2 } });
  expect(await t.pages.all()).toEqual(shown(live));
  expect(t.forge.requests.filter((path) => path.includes("/repos/"))).toHaveLength(1);
});

test("of a branch that the file lists no longer only the branch's keys go", async () => {
  await using t = await startReaper();
  const main = registered({ domain: "www.example.com", ...ALICE });
  const page = visited("alice", "blog");
  await t.pages.write(main, page, visited("alice", "blog", "feature/new-ui"));
  await t.pages.write(
    registered({ domain: "feature-new-ui.www.example.com", ...ALICE, branch: "feature/new-ui" }),
  );
  t.forge.repositories.set("alice/blog", { file: "custom_domain: www.example.com\n" });
  expect(await t.run()).toMatchObject({ cleaned: 1, verdicts: { alive: 1, "branch-removed": 1 } });
  expect(await t.pages.all()).toEqual(shown(main, page));
});

test("of a dead repository nothing is left, and nothing else is touched", async () => {
  await using t = await startReaper();
  const gone = { domain: "old.example.org", user: "bob", repo: "gone" };
  await t.pages.write(
    BYSTANDERS,
    registered(gone),
    redirects(gone.domain, 2),
    visited("bob", "gone"),
  );
  await t.pages.write([{ key: "bobby:gone:public:index.html", value: "x", ttlSeconds: 300 }]);
  const summary = await t.run();
  expect(summary).toMatchObject({ cleaned: 1, verdicts: { "repo-missing": 1 }, errors: {} });
  expect(await t.pages.all()).toEqual(
    shown(BYSTANDERS, [{ key: "bobby:gone:public:index.html", value: "x", ttlSeconds: 300 }]),
  );
});

test("a repository without the file loses its domain", async () => {
  await using t = await startReaper();
  await t.pages.write(registered({ domain: "old.example.org", user: "bob", repo: "gone" }));
  t.forge.repositories.set("bob/gone", {});
  expect(await t.run()).toMatchObject({ cleaned: 1, verdicts: { "file-missing": 1 } });
  expect(await t.pages.all()).toEqual({});
});

test("when a repository has moved to another domain, only the old domain's keys go", async () => {
  await using t = await startReaper();
  const carol = { user: "carol", repo: "site" };
  const now = registered({ domain: "b.example.net", ...carol });
  await t.pages.write(registered({ domain: "a.example.net", ...carol }), now);
  t.forge.repositories.set("carol/site", { file: "custom_domain: b.example.net" });
  const summary = await t.run();
  expect(summary).toMatchObject({ cleaned: 1, verdicts: { alive: 1, "domain-changed": 1 } });
  expect(await t.pages.all()).toEqual(shown(now));
});

test("a site that its owner has disabled loses its domain", async () => {
  await using t = await startReaper();
  await t.pages.write(registered({ domain: "www.example.com", ...ALICE }));
  t.forge.repositories.set("alice/blog", {
    file: "custom_domain: www.example.com\nenabled: false\n",
  });
  expect(await t.run()).toMatchObject({ cleaned: 1, verdicts: { disabled: 1 } });
  expect(await t.pages.all()).toEqual({});
});

test("a router shared by two names stays when its rule names the live one", async () => {
  await using t = await startReaper();
  const dead = registered({ domain: "a.b.example", user: "dan", repo: "x" });
  const live = registered({ domain: "a-b.example", user: "erin", repo: "y" });
  const shared = redirects("a-b.example", 1).filter(({ key }) => !key.includes("/routers/"));
  await t.pages.write(dead, live, shared);
  t.forge.repositories.set("erin/y", { file: "custom_domain: a-b.example" });
  expect(await t.run()).toMatchObject({ cleaned: 1, verdicts: { alive: 1, "repo-missing": 1 } });
  expect(await t.pages.all()).toEqual(shown(live, shared));
});

test("a shared router that names the dead domain goes, the redirects of the live one stay", async () => {
  await using t = await startReaper();
  const live = registered({ domain: "a-b.example", user: "erin", repo: "y" });
  const shared = redirects("a-b.example", 1).filter(({ key }) => !key.includes("/routers/"));
  await t.pages.write(live, shared, registered({ domain: "a.b.example", user: "dan", repo: "x" }));
  t.forge.repositories.set("erin/y", { file: "custom_domain: a-b.example" });
  await t.run();
  const left = live.filter(({ key }) => !key.includes("/routers/"));
  expect(await t.pages.all()).toEqual(shown(left, shared));
});

test("when both names of a router are dead, both go with all that they share", async () => {
  await using t = await startReaper();
  await t.pages.write(
    registered({ domain: "a.b.example", user: "dan", repo: "x" }),
    registered({ domain: "a-b.example", user: "erin", repo: "y" }),
    redirects("a-b.example", 2),
    redirects("a.b.example", 1),
  );
  expect(await t.run()).toMatchObject({ cleaned: 2 });
  expect(await t.pages.all()).toEqual({});
});

test("a profile repository, whose name begins with a dot, is judged like any other", async () => {
  await using t = await startReaper();
  const live = registered({ domain: "me.example", user: "frank", repo: ".profile" });
  await t.pages.write(live, registered({ domain: "you.example", user: "grace", repo: ".profile" }));
  t.forge.repositories.set("frank/.profile", { file: "custom_domain: me.example" });
  expect(await t.run()).toMatchObject({ verdicts: { alive: 1, "repo-missing": 1 } });
  expect(await t.pages.all()).toEqual(shown(live));
});

const MALFORMED: Record<string, readonly Entry[]> = {
  "an empty value": [{ key: "custom_domain:x.example", value: "" }],
  "a value without a colon": [{ key: "custom_domain:x.example", value: "nocolon" }],
  "a value of four parts": [{ key: "custom_domain:x.example", value: "a:b:c:d" }],
  "a value without a user": [{ key: "custom_domain:x.example", value: ":x" }],
  "a value without a repository": [{ key: "custom_domain:x.example", value: "x:" }],
  "a value that climbs out of the path": [{ key: "custom_domain:x.example", value: "../admin:x" }],
  "a user that is a dot": [{ key: "custom_domain:x.example", value: ".:x" }],
  "a branch that git would not take": [{ key: "custom_domain:x.example", value: "a:b:c..d" }],
  "an empty domain": [{ key: "custom_domain:", value: "a:b" }],
  "a domain with a port": [{ key: "custom_domain:x.example:8080", value: "a:b" }],
  "a domain with a star": [{ key: "custom_domain:*.example", value: "a:b" }],
  "a domain with a bracket": [{ key: "custom_domain:[a-z].example", value: "a:b" }],
  "a domain with a slash": [{ key: "custom_domain:x/../y", value: "a:b" }],
  "a domain with a backtick": [{ key: "custom_domain:x`) || Host(`y", value: "a:b" }],
  "a domain with a line break": [{ key: "custom_domain:x\ny", value: "a:b" }],
  "a domain with an empty label": [{ key: "custom_domain:x..example", value: "a:b" }],
  "a domain that is too long": [{ key: `custom_domain:${"a.".repeat(130)}example`, value: "a:b" }],
};

test.each(Object.entries(MALFORMED))(
  "%s is counted, reported and left alone",
  async (_, entries) => {
    await using t = await startReaper();
    const victims = router("custom-x-example", "x.example");
    await t.pages.write(entries, victims, [{ key: "a:b", value: "x.example" }]);
    const summary = await t.run();
    expect(summary).toMatchObject({ outcome: "finished", cleaned: 0, errors: { malformed: 1 } });
    expect(await t.pages.all()).toEqual(
      shown(entries, victims, [{ key: "a:b", value: "x.example" }]),
    );
  },
);

test.each([
  "bücher.example",
  "xn--bcher-kva.example",
  "WWW.Example.ORG",
  "x.example.",
  "my_site.example",
])(
  "a domain spelt %s is kept while it lives and leaves nothing when it is dead",
  async (domain) => {
    await using t = await startReaper();
    await t.pages.write(registered({ domain, user: "gina", repo: "z" }), redirects(domain, 1));
    t.forge.repositories.set("gina/z", { file: `custom_domain: ${domain.toUpperCase()}` });
    expect(await t.run()).toMatchObject({ cleaned: 0, verdicts: { alive: 1 } });
    t.forge.repositories.clear();
    expect(await t.run()).toMatchObject({ cleaned: 1 });
    expect(await t.pages.all()).toEqual({});
  },
);

test("a mapping whose owner has the name of a key family cannot take keys of others with it", async () => {
  await using t = await startReaper();
  const victim = registered({ domain: "victim.example", ...ALICE });
  const evil = registered({
    domain: "evil.example",
    user: "custom_domain",
    repo: "victim.example",
  });
  const bull = registered({ domain: "bull.example", user: "bull", repo: "reap" });
  // Whoever registers last wins the key that is both a reverse and a forward mapping.
  await t.pages.write(evil, bull, BYSTANDERS, victim);
  t.forge.repositories.set("alice/blog", { file: "custom_domain: victim.example" });
  expect(await t.run()).toMatchObject({ cleaned: 2, verdicts: { alive: 1, "repo-missing": 2 } });
  expect(await t.pages.all()).toEqual(
    shown(victim, BYSTANDERS, [{ key: "bull:reap", value: "bull.example" }]),
  );
});
