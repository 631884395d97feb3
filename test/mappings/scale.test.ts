import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { createForge } from "../../src/mappings/forge.ts";
import { reap } from "../../src/mappings/reap.ts";
import { answerOf, type FakeRepository } from "../helpers/forge.ts";
import { createMemoryJournal } from "./memory-journal.ts";
import { type Entry, registered, write } from "./plugin.ts";
import { ADMIN, startReaper } from "./start-reaper.ts";

const REPOSITORIES = 20_000;
const BRANCHES = ["stage", "qa", "feature/new-ui", "v2"];
/** Every hundredth repository is gone. */
const isGone = (i: number) => i % 100 === 0;

function mappingsOf(i: number): Entry[] {
  const site = { domain: `site-${i}.example.org`, user: `user-${i % 500}`, repo: `repo-${i}` };
  const branches = BRANCHES.map((branch) => {
    const label = branch.replace("/", "-");
    return registered({ ...site, domain: `${label}.${site.domain}`, branch }).slice(0, 2);
  });
  return [...registered(site), ...branches.flat()];
}

test("a hundred thousand mappings take one question for each repository, and little memory", {
  timeout: 240_000,
}, async () => {
  await using t = await startReaper();
  const repositories = new Map<string, FakeRepository>();
  for (let from = 0; from < REPOSITORIES; from += 1_000) {
    const indices = Array.from({ length: 1_000 }, (_, i) => from + i);
    await write(t.pages.client, indices.flatMap(mappingsOf));
    for (const i of indices.filter((each) => !isGone(each))) {
      const file = `custom_domain: site-${i}.example.org\nenable_branches: [${BRANCHES}]`;
      repositories.set(`user-${i % 500}/repo-${i}`, { file });
    }
  }
  const world = { repositories, tokens: t.forge.tokens };
  let requests = 0;
  const forge = createForge(
    async (path) => {
      requests += 1;
      const { status, body } = answerOf(world, `/api/v1${path}`, ADMIN);
      return { status, json: JSON.parse(body), redirected: false };
    },
    { hasToken: true },
  );
  const heapBefore = heapInUse();
  const heaps: number[] = [];
  let lines = 0;
  const events = {
    mapping: () => {
      lines += 1;
      if (lines % 24_000 === 1) heaps.push(heapInUse() - heapBefore);
    },
  };
  const summary = await reap(
    { ...t.tools, forge, journal: createMemoryJournal(), requests: () => requests },
    { mode: "apply", signal: new AbortController().signal, events },
  );
  const gone = REPOSITORIES / 100;
  expect(summary).toMatchObject({
    outcome: "finished",
    scanned: 5 * REPOSITORIES,
    cleaned: 5 * gone,
    verdicts: { alive: 5 * (REPOSITORIES - gone), "repo-missing": 5 * gone },
    errors: {},
  });
  expect(lines).toBe(5 * REPOSITORIES);
  // Version and token; one for each live repository; for each that is gone two, and two again before it goes.
  expect(requests).toBe(2 + (REPOSITORIES - gone) + 4 * gone);
  // What it knows of all mappings, and nothing more however many it has judged.
  const mebibytes = heaps.map((bytes) => bytes / 2 ** 20);
  expect(Math.max(...mebibytes)).toBeLessThan(32);
  expect((mebibytes.at(-1) ?? 0) - (mebibytes[0] ?? 0)).toBeLessThan(4);
  expect(await t.pages.client.dbsize()).toBe((REPOSITORIES - gone) * (9 + 2 * BRANCHES.length));
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heapInUse(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
