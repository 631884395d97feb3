import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StrikeLimits } from "../../src/config/reap.ts";
import type { Journal } from "../../src/mappings/journal.ts";
import { reap } from "../../src/mappings/reap.ts";
import type { ReapSummary } from "../../src/mappings/summary.ts";
import { type UndoTools, undo } from "../../src/mappings/undo.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { createMemoryJournal } from "./memory-journal.ts";
import { openForge, type State } from "./model-forge.ts";
import {
  type Held,
  type Keys,
  keysOfDead,
  keysOfLive,
  mappingsIn,
  remainsOf,
  type Truth,
  truthOf,
} from "./model-truth.ts";
import { type ModelRepository, type ModelWorld, REPOSITORIES, worlds } from "./model-world.ts";
import { BYSTANDERS, readAll, redirects, registered, visited, write } from "./plugin.ts";
import { LIMITS } from "./start-reaper.ts";

/** `MODEL_WORLDS` and `MODEL_SEED` widen the search or repeat one. */
const WORLDS = Number(process.env.MODEL_WORLDS ?? 10_000);
const SEED = process.env.MODEL_SEED === undefined ? Date.now() : Number(process.env.MODEL_SEED);
/** Worlds are tried in as many databases at a time: the server works on one while the others are judged. */
const LANES = 4;

let server: TestRedis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

test.each(Array.from({ length: LANES }, (_, lane) => lane))(
  "in random worlds no key of a live domain changes and no dead domain leaves one (lane %i)",
  { concurrent: true, timeout: Math.max(300_000, WORLDS * 20) },
  async (lane) => {
    const client = new Redis({ path: server.socket, db: lane });
    const numRuns = Math.ceil(WORLDS / LANES);
    try {
      await fc.assert(
        fc.asyncProperty(worlds, (world) => live(world, client)),
        { numRuns, seed: SEED + lane, endOnFailure: process.env.MODEL_SEED === undefined },
      );
    } finally {
      client.disconnect();
    }
  },
);

/** What a run has met and left. */
interface RunOfModel {
  readonly before: Keys;
  readonly after: Keys;
  /** What was registered while it went. */
  readonly claimed: Keys;
  /** What is true of a mapping at its start, and at its end. */
  readonly atStart: (held: Held) => Truth;
  readonly atEnd: (held: Held) => Truth;
  /** Whether the file is not there, so that nothing of the site is served any more. */
  readonly hasNoFile: (held: Held) => boolean;
}

/** A world from its first run to its last. */
async function live(world: ModelWorld, client: Redis): Promise<void> {
  await install(world, client);
  const state = { clock: Date.UTC(2026, 0, 1), truth: [...world.repositories] };
  const journal = createMemoryJournal();
  const well: number[] = [];
  let before = await readAll(client);
  for (const [number, pause] of [...world.pauses, 0].entries()) {
    const { run, summary } = await runOnce(world, number, before, { client, journal, state });
    spares(run);
    const isQuiet = Object.keys(run.claimed).length === 0;
    if (isQuiet && isWell(world, number)) {
      well.push(state.clock);
      expect(summary.outcome).toBe("finished");
      cleans(run, world.token === "admin" || isGone(well, LIMITS.strikes));
    } else well.length = 0;
    if (isQuiet && number === world.pauses.length) {
      await undoes(summary, run.before, { client, journal, now: () => state.clock });
    }
    state.clock += pause * 3_600_000;
    before = run.after;
  }
}

function isWell({ failures, flaps, outages }: ModelWorld, run: number): boolean {
  return failures[run]?.length === 0 && flaps[run] === undefined && outages[run] === undefined;
}

function isGone(runs: readonly number[], { count, overMs }: StrikeLimits): boolean {
  return runs.length >= count && (runs.at(-1) ?? 0) - (runs[0] ?? 0) >= overMs;
}

async function runOnce(
  world: ModelWorld,
  number: number,
  before: Keys,
  { client, journal, state }: { client: Redis; journal: Journal; state: State },
) {
  const claimed: Record<string, string> = {};
  const told = (repositories: readonly ModelRepository[]) => (held: Held) =>
    truthOf(held, repositoryOf(held, repositories), ({ hiddenRuns }) =>
      world.token === "admin" ? false : hiddenRuns > number,
    );
  const atStart = told([...state.truth]);
  const forge = openForge(world, number, state, async (entries) => {
    await write(client, entries);
    for (const { key, value } of entries) claimed[key] = value;
  });
  const names = { rootKey: "traefik", mappingPrefix: "custom_domain:" };
  const limits = { ...LIMITS, concurrency: 1 };
  const summary = await reap(
    { client, journal, forge, names, limits, now: () => state.clock, requests: () => 0 },
    { mode: "apply", signal: new AbortController().signal },
  );
  const hasNoFile = (held: Held) => repositoryOf(held, state.truth)?.file === undefined;
  const after = await readAll(client);
  return {
    summary,
    run: { before, after, claimed, atStart, atEnd: told([...state.truth]), hasNoFile },
  };
}

function repositoryOf({ user, repo }: Held, repositories: readonly ModelRepository[]) {
  return repositories.find(({ name }) => name === `${user}/${repo}`);
}

/** Only keys of the dead may be gone, none may be new, and those of the living are as they were. */
function spares({ before, after, claimed, atStart, atEnd }: RunOfModel): void {
  const all = { ...before, ...claimed };
  const lives = (fate: Truth) => fate === "live" || fate === "hidden";
  const mine = mappingsIn(all);
  const isSame = (domain: string) =>
    all[`custom_domain:${domain}`] === before[`custom_domain:${domain}`];
  const living = mappingsIn(before).filter(
    (held) => isSame(held.domain) && lives(atStart(held)) && lives(atEnd(held)),
  );
  const born = mine.filter((held) => lives(atEnd(held)));
  const safe = new Set([
    ...living.flatMap((held) => keysOfLive(held, all)),
    ...born.flatMap((held) => keysOfLive(held, all).filter((key) => key in claimed)),
  ]);
  const dying = new Set(
    [...mappingsIn(before), ...mine]
      .filter((held) => !lives(atStart(held)) || !lives(atEnd(held)))
      // A router that was claimed meanwhile may have gone as the one who had it, or as the one who claimed it.
      .flatMap((held) => [...keysOfDead(held, all), ...keysOfDead(held, { ...all, ...before })]),
  );
  const wronged = Object.entries(all).filter(([key, value]) =>
    after[key] !== undefined || safe.has(key) ? after[key] !== value : !dying.has(key),
  );
  const strays = Object.keys(after).filter((key) => all[key] === undefined);
  if (wronged.length + strays.length > 0) expect({ wronged, strays, after }).toEqual({});
}

/** Nothing is left of what is dead beyond doubt. */
function cleans({ before, after, atEnd, hasNoFile }: RunOfModel, patienceIsOver: boolean): void {
  for (const held of mappingsIn(before)) {
    const fate = atEnd(held);
    if (fate !== "dead" && (fate !== "missing" || !patienceIsOver)) continue;
    const siteIsGone = fate === "missing" || hasNoFile(held);
    const remains = remainsOf(held, before, after, siteIsGone);
    if (remains.length > 0) expect({ held, remains }).toEqual({});
  }
}

async function undoes(summary: ReapSummary, before: Keys, tools: UndoTools): Promise<void> {
  if (summary.cleaned === 0) return;
  await undo(tools, summary.run, { dryRun: false, signal: new AbortController().signal });
  expect(lasting(await readAll(tools.client as Redis))).toEqual(lasting(before));
}

function lasting(keys: Keys): Keys {
  return Object.fromEntries(
    Object.entries(keys).filter(([, value]) => !value.endsWith("(cached)")),
  );
}

async function install(world: ModelWorld, client: Redis): Promise<void> {
  await client.flushdb();
  const entries = world.mappings.flatMap(
    ({ repository, redirects: count, visited: was, routerTtl, routerGone, ...rest }) => {
      const [user = "", repo = ""] = (REPOSITORIES[repository] ?? "").split("/");
      const mapping = { ...rest, user, repo, ...(routerTtl && { routerTtl: 600 }) };
      const all = [...registered(mapping), ...(count > 0 ? redirects(rest.domain, count) : [])];
      const standing = routerGone ? all.filter(({ key }) => !key.includes("/routers/")) : all;
      return [...standing, ...(was ? visited(user, repo, rest.branch) : [])];
    },
  );
  const malformed = world.malformed.map(([domain, value]) => ({
    key: `custom_domain:${domain}`,
    value,
  }));
  await write(client, [...entries, ...malformed, ...BYSTANDERS]);
}
