import { appendFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { type Journal, newRunId, startOfRun } from "../../src/mappings/journal.ts";
import { createFileJournal } from "../../src/mappings/journal-file.ts";
import { createRedisJournal } from "../../src/mappings/journal-redis.ts";
import { LOCK_KEY } from "../../src/mappings/lock.ts";
import { undo } from "../../src/mappings/undo.ts";
import { redirects, registered, router, shown, visited } from "./plugin.ts";
import { type ReapTest, startReaper } from "./start-reaper.ts";

const DEAD = { domain: "old.example.org", user: "bob", repo: "gone" };
const DAY = 86_400_000;

function undoIn(t: ReapTest, run: string, dryRun = false) {
  const { client, journal } = t.tools;
  const signal = new AbortController().signal;
  return undo({ client, journal, now: () => t.clock }, run, { dryRun, signal });
}

test("an undo puts back every key with its value and the rest of its life, but no caches", async () => {
  await using t = await startReaper();
  const lasting = [registered({ ...DEAD, routerTtl: 600 }), redirects(DEAD.domain, 2)];
  await t.pages.write(...lasting);
  const before = await t.pages.all();
  await t.pages.write(visited("bob", "gone"));
  const { run } = await t.run();
  expect(await t.pages.all()).toEqual({});
  t.clock += 200_000;
  expect(await undoIn(t, run, true)).toEqual({
    run,
    dryRun: true,
    restored: 1,
    keys: 18,
    taken: [],
  });
  expect(await t.pages.all()).toEqual({});
  expect(await undoIn(t, run)).toMatchObject({ restored: 1, keys: 18 });
  expect(await t.pages.all()).toEqual(before);
  const life = await t.pages.client.pttl("traefik/http/routers/custom-old-example-org/rule");
  expect(life).toBeGreaterThan(390_000);
  expect(life).toBeLessThanOrEqual(400_000);
  expect(await undoIn(t, run)).toMatchObject({ restored: 1, keys: 0 });
});

test("what would have expired by now stays away", async () => {
  await using t = await startReaper();
  await t.pages.write(registered({ ...DEAD, routerTtl: 600 }));
  const { run } = await t.run();
  t.clock += 600_000;
  await undoIn(t, run);
  expect(Object.keys(await t.pages.all()).sort()).toEqual([
    "bob:gone",
    "custom_domain:old.example.org",
  ]);
});

test("a domain that somebody has taken since stays theirs, with all its keys", async () => {
  await using t = await startReaper();
  await t.pages.write(registered(DEAD), redirects(DEAD.domain, 1));
  const { run } = await t.run();
  const theirs = registered({ ...DEAD, user: "carol", repo: "site" });
  await t.pages.write(theirs);
  expect(await undoIn(t, run)).toMatchObject({ restored: 0, keys: 0, taken: [DEAD.domain] });
  expect(await t.pages.all()).toEqual(shown(theirs));
});

test("a router that leads elsewhere by now stays as it is", async () => {
  await using t = await startReaper();
  await t.pages.write(registered(DEAD));
  const { run } = await t.run();
  const theirs = router("custom-old-example-org", "old-example.org").slice(0, 3);
  await t.pages.write(theirs);
  await undoIn(t, run);
  expect(await t.pages.all()).toEqual(shown(registered(DEAD).slice(0, 2), theirs));
});

test("an undo waits for nobody: it refuses while a run is under way", async () => {
  await using t = await startReaper();
  await t.pages.write(registered(DEAD));
  const { run } = await t.run();
  await t.pages.client.set(LOCK_KEY, "20261121T000000Z-abcdef token");
  await expect(undoIn(t, run)).rejects.toThrow("Run 20261121T000000Z-abcdef is under way");
  await expect(undoIn(t, "20261121T000000Z-000000")).rejects.toThrow("There is no record");
});

test("a run that was killed after it removed can be undone by what it had written before", async () => {
  await using t = await startReaper();
  await t.pages.write(registered(DEAD));
  const { journal } = t.tools;
  const dying: Journal = {
    ...journal,
    append: async (run, lines) => {
      if (lines.some(({ kind }) => kind === "outcome")) throw new Error("killed");
      await journal.append(run, lines);
    },
  };
  const { run, outcome } = await t.run({ tools: { journal: dying } });
  expect(outcome).toBe("failed");
  expect(await t.pages.all()).toEqual({});
  await undoIn(t, run);
  expect(await t.pages.all()).toEqual(shown(registered(DEAD)));
});

test("values that are no text come back byte for byte", async () => {
  await using t = await startReaper();
  await t.pages.write(registered(DEAD));
  const key = "traefik/http/routers/custom-old-example-org/service";
  await t.pages.client.set(key, Buffer.from([0xff, 0x00, 0x80]));
  const { run } = await t.run();
  await undoIn(t, run);
  expect(await t.pages.client.getBuffer(key)).toEqual(Buffer.from([0xff, 0x00, 0x80]));
});

test("a run's id tells when it began, and sorts by it", () => {
  const at = Date.UTC(2026, 10, 21, 3, 4, 5);
  const id = newRunId(at + 678);
  expect(id).toMatch(/^20261121T030405Z-[0-9a-f]{6}$/);
  expect(startOfRun(id)).toBe(at);
});

const JOURNALS: Record<string, (t: ReapTest) => Journal> = {
  "in a folder": (t) => createFileJournal(t.folder),
  "in Redis": (t) => createRedisJournal(t.pages.client, 30 * DAY),
};

test.each(Object.entries(JOURNALS))(
  "a journal %s keeps lines, runs and sightings",
  async (_, open) => {
    await using t = await startReaper();
    const journal = open(t);
    const [old, young] = [newRunId(t.clock - 40 * DAY), newRunId(t.clock)];
    const intent = {
      kind: "intent",
      at: 1,
      subject: "a",
      verdict: "disabled",
      keys: [{ key: "k", value: "ü" }],
    } as const;
    const outcome = { kind: "outcome", at: 2, subject: "a", removed: ["k"] } as const;
    expect(await journal.runs()).toEqual([]);
    expect(await journal.read(young)).toEqual([]);
    await journal.append(young, [intent]);
    await journal.append(old, [outcome]);
    await journal.append(young, [outcome]);
    expect(await journal.read(young)).toEqual([intent, outcome]);
    expect(await journal.runs()).toEqual([young, old]);
    await journal.prune(t.clock - 30 * DAY);
    expect(await journal.runs()).toEqual([young]);
    const sighting = { count: 1, firstAt: 1, lastAt: 1 };
    expect(await journal.sightings()).toEqual(new Map());
    await journal.saveSightings(
      new Map([
        ["a/b", sighting],
        ["c/d", sighting],
      ]),
    );
    await journal.saveSightings(
      new Map([
        ["a/b", undefined],
        ["x/y", undefined],
      ]),
    );
    expect(await journal.sightings()).toEqual(new Map([["c/d", sighting]]));
  },
);

test("records in Redis end by themselves", async () => {
  await using t = await startReaper();
  const client = new Redis(t.pages.server.socket, { db: 1 });
  const journal = createRedisJournal(client, 30 * DAY);
  await t.pages.write(registered(DEAD));
  const { run } = await t.run({ tools: { journal } });
  expect(await client.pttl(`wf1:{reap}:run:${run}`)).toBeGreaterThan(29 * DAY);
  expect(await journal.read(run)).toHaveLength(2);
  client.disconnect();
});

test("records in a folder are for their owner alone, and a line cut short by a crash does not count", async () => {
  await using t = await startReaper();
  await t.pages.write(registered(DEAD));
  const { run } = await t.run();
  const file = join(t.folder, "runs", `${run}.jsonl`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await appendFile(file, '{"kind":"intent","subj');
  expect(await t.tools.journal.read(run)).toHaveLength(2);
  await writeFile(join(t.folder, "runs", "notes.txt"), "");
  expect(await t.tools.journal.runs()).toEqual([run]);
  expect(await readdir(t.folder)).not.toContain("sightings.json.new");
});
