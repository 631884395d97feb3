import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LOCK_KEY } from "../../src/mappings/lock.ts";
import { BYSTANDERS, redirects, registered, shown } from "../mappings/plugin.ts";
import { startCli } from "./reap-process.ts";

const LIVE = { domain: "www.example.com", user: "alice", repo: "blog" };
const DEAD = { domain: "old.example.org", user: "bob", repo: "gone" };
const FILE = { file: "custom_domain: www.example.com" };

test("a run removes as the original does, prints a line for each domain and a summary, and exits with 0", async () => {
  await using cli = await startCli();
  const { pages, forge } = cli.world;
  forge.repositories.set("alice/blog", FILE);
  await pages.write(registered(LIVE), registered(DEAD), redirects(DEAD.domain, 2), BYSTANDERS);
  const ran = await cli.run([]);
  expect(ran).toMatchObject({ code: 0, err: "" });
  expect(ran.out).toContain("www.example.com -> alice/blog: alive: kept\n");
  expect(ran.out).toContain("old.example.org -> bob/gone: repo-missing: removed 18 keys\n");
  expect(ran.out).toMatch(/Scanned: +2\nCleaned: +1 \(18 keys\)\nKept: +1\nErrors: +0\n/);
  expect(ran.out).toMatch(/Duration: +\d+\.\d\d seconds\n/);
  expect(await pages.all()).toEqual(shown(registered(LIVE), BYSTANDERS));
});

test("a dry run tells what would go and writes nothing, neither there nor here", async () => {
  await using cli = await startCli();
  await cli.world.pages.write(registered(DEAD));
  const ran = await cli.run(["--dry-run"]);
  expect(ran).toMatchObject({ code: 0, err: "" });
  expect(ran.out).toContain("old.example.org -> bob/gone: repo-missing: would remove 9 keys\n");
  expect(ran.out).toContain("Dry run: nothing was changed.\n");
  expect(await cli.world.pages.all()).toEqual(shown(registered(DEAD)));
  expect(await readdir(cli.world.folder)).toEqual([]);
});

test("--json prints one object a line, the summary last", async () => {
  await using cli = await startCli();
  await cli.world.pages.write(registered(DEAD));
  const ran = await cli.run(["--json"]);
  const events = ran.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events).toEqual([
    expect.objectContaining({ event: "mapping", domain: DEAD.domain, action: "removed" }),
    expect.objectContaining({ event: "summary", outcome: "finished", scanned: 1, cleaned: 1 }),
  ]);
});

test("options win over variables", async () => {
  await using cli = await startCli();
  await cli.world.pages.write(registered(DEAD));
  const { REDIS_HOST = "", REDIS_PORT = "", FORGEJO_HOST = "", FORGEJO_TOKEN = "" } = cli.env;
  const args = [
    "--redis-host",
    REDIS_HOST,
    "--redis-port",
    REDIS_PORT,
    "--forgejo-host",
    FORGEJO_HOST,
  ];
  const wrong = {
    REDIS_HOST: "127.0.0.2",
    REDIS_PORT: "1",
    FORGEJO_HOST: "http://127.0.0.2:1",
    FORGEJO_TOKEN: "x",
  };
  const ran = await cli.run([...args, "--forgejo-token", FORGEJO_TOKEN, "--dry-run"], wrong);
  expect(ran.code).toBe(0);
  expect(ran.err).toContain("A secret on the command line can be seen by others");
  expect(ran.out + ran.err).not.toContain(FORGEJO_TOKEN);
});

test("secrets may be in files", async () => {
  await using cli = await startCli();
  const { pages, folder } = cli.world;
  await pages.client.config("SET", "requirepass", "pa:ss/w@rd");
  await writeFile(join(folder, "token"), `${cli.env.FORGEJO_TOKEN}\n`);
  await writeFile(join(folder, "password"), "pa:ss/w@rd\n");
  const files = { REDIS_PASSWORD_FILE: "password", FORGEJO_TOKEN: "", FORGEJO_TOKEN_FILE: "token" };
  expect(await cli.run([], files)).toMatchObject({ code: 0 });
  const without = await cli.run([]);
  expect(without).toMatchObject({ code: 1 });
  expect(without.err).toMatch(/^The pages Redis cannot be reached: .*NOAUTH|Authentication/);
});

test.each([
  [["--no-such-option"], {}],
  [["no-such-command"], {}],
  [[], { FORGEJO_HOST: "" }],
  [[], { FORGEJO_HOST: "git.example.org" }],
  [[], { REDIS_PORT: "six" }],
  [["--redis-port", "70000"], {}],
  [["undo", "../../etc/passwd"], {}],
  [["apply", "no-such-file"], {}],
  [["--record"], {}],
])("the wrong call %j %j exits with 64 and says what is wrong", async (args, env) => {
  await using cli = await startCli();
  const ran = await cli.run(args, env as Record<string, string>);
  expect(ran).toMatchObject({ code: 64, out: "" });
  expect(ran.err).not.toBe("");
});

test("a pages Redis that is not there exits with 1", async () => {
  await using cli = await startCli();
  await cli.world.pages.server.kill();
  const ran = await cli.run([]);
  expect(ran).toMatchObject({ code: 1, out: "" });
  expect(ran.err).toMatch(/^The pages Redis cannot be reached: .*ECONNREFUSED/);
});

test("a forge that is not there exits with 1, and so does one that answers anything to all", async () => {
  await using cli = await startCli();
  await cli.world.pages.write(registered(DEAD));
  expect(await cli.run([], { FORGEJO_HOST: "http://127.0.0.1:1" })).toMatchObject({ code: 1 });
  cli.world.forge.behave = () => "login-page";
  const ran = await cli.run([]);
  expect(ran.code).toBe(1);
  expect(ran.out).toContain("The forge cannot be believed");
  expect(await cli.world.pages.all()).toEqual(shown(registered(DEAD)));
});

test("mappings that cannot be judged make it exit with 2", async () => {
  await using cli = await startCli();
  cli.world.forge.repositories.set("alice/blog", FILE);
  await cli.world.pages.write(registered(LIVE), [
    { key: "custom_domain:x.example", value: "nocolon" },
  ]);
  const ran = await cli.run([]);
  expect(ran.code).toBe(2);
  expect(ran.out).toContain("x.example: malformed (the value is not user:repository): kept\n");
  expect(ran.out).toMatch(/Errors: +1 \(malformed 1\)\n/);
});

test("the brake exits with 1 and removes nothing, --force goes on", async () => {
  await using cli = await startCli();
  const many = Array.from({ length: 11 }, (_, i) =>
    registered({ ...DEAD, domain: `d${i}.example` }),
  );
  await cli.world.pages.write(...many);
  const ran = await cli.run([]);
  expect(ran.code).toBe(1);
  expect(ran.out).toContain("Nothing was removed: 11 of 11 mappings would go.");
  expect(Object.keys(await cli.world.pages.all())).toHaveLength(11 * 9 - 10);
  expect(await cli.run(["--force"])).toMatchObject({ code: 0 });
  expect(await cli.world.pages.all()).toEqual({});
});

test("a plan is written, carried out, listed and undone", async () => {
  await using cli = await startCli();
  const { pages, folder } = cli.world;
  await pages.write(registered(DEAD), redirects(DEAD.domain, 1));
  const before = await pages.all();
  expect(await cli.run(["plan", "plan.json"])).toMatchObject({ code: 0 });
  expect(await pages.all()).toEqual(before);
  const plan = JSON.parse(await readFile(join(folder, "plan.json"), "utf8"));
  expect(plan.removals).toEqual([expect.objectContaining({ domain: DEAD.domain })]);
  await pages.write(registered({ ...DEAD, domain: "later.example.org" }));
  const applied = await cli.run(["apply", "plan.json"]);
  expect(applied).toMatchObject({ code: 0 });
  expect(applied.out).toContain("old.example.org -> bob/gone: repo-missing: removed");
  expect(Object.keys(await pages.all())).toContain("custom_domain:later.example.org");
  const runs = await cli.run(["runs"]);
  const run = runs.out.trim();
  const asJson = await cli.run(["runs", "--json"]);
  expect(JSON.parse(asJson.out)).toEqual({ event: "run", run });
  await pages.client.flushall();
  const undone = await cli.run(["undo", run]);
  expect(undone).toMatchObject({ code: 0 });
  expect(undone.out).toMatch(/^Put back 1 mapping with \d+ keys\.\n$/);
  const { "bob:gone": _, ...back } = before;
  expect(await pages.all()).toEqual(back);
});

test("SIGINT in the middle leaves every mapping whole or gone, no lock, and exits with 130", async () => {
  await using cli = await startCli();
  const { pages, forge } = cli.world;
  const domains = Array.from({ length: 40 }, (_, i) => `d${i}.example`);
  await pages.write(
    ...domains.map((domain, i) => registered({ domain, user: "bob", repo: `r${i}` })),
  );
  const before = await pages.all();
  const running = cli.start(["--force"]);
  // In the first pass two questions for each, then the second look begins.
  forge.behave = async (_, number) => {
    if (number === 2 + 80 + 20) running.child.kill("SIGINT");
    return undefined;
  };
  const ran = await running.done;
  expect(ran).toMatchObject({ code: 130, err: "Ending after what has begun.\n" });
  const after = await pages.all();
  const left = domains.filter((domain) => after[`custom_domain:${domain}`] !== undefined);
  expect(left.length).toBeGreaterThan(0);
  expect(left.length).toBeLessThan(domains.length);
  const whole = left.flatMap((domain) =>
    registered({ domain, user: "bob", repo: `r${domains.indexOf(domain)}` }),
  );
  expect(after).toEqual(shown(whole));
  expect(after).not.toHaveProperty(LOCK_KEY);
  const run = (await cli.run(["runs"])).out.trim();
  expect(await cli.run(["undo", run])).toMatchObject({ code: 0 });
  expect(await pages.all()).toEqual(before);
});

test("a killed run is finished by the next once its lock has ended", async () => {
  await using cli = await startCli();
  const { pages, forge } = cli.world;
  await pages.write(registered(DEAD));
  const running = cli.start([]);
  forge.behave = async (_, number) => {
    if (number === 5) running.child.kill("SIGKILL");
    return undefined;
  };
  expect(await running.done).toMatchObject({ code: null });
  const held = await cli.run([]);
  expect(held.code).toBe(1);
  expect(held.out).toMatch(/Outcome: +busy: Run \S+ is under way on this pages Redis\./);
  expect(await pages.client.pttl(LOCK_KEY)).toBeGreaterThan(0);
  await pages.client.del(LOCK_KEY);
  expect(await cli.run([])).toMatchObject({ code: 0 });
  expect(await pages.all()).toEqual({});
});

test("what strangers wrote reaches neither terminal nor log as control characters", async () => {
  await using cli = await startCli();
  await cli.world.pages.write([
    { key: "custom_domain:\u001b[2J\u202eevil\u0007.example", value: "a\u001b[31m:b" },
  ]);
  for (const args of [[], ["--json"]]) {
    const ran = await cli.run(args);
    expect(ran.code).toBe(2);
    expect(ran.out).toContain("evil.example");
    expect(ran.out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]|\\u/u);
  }
});
