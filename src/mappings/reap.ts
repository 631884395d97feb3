/** One run of the reaper: scan, judge, brake, remove, record. */
import { brake } from "./brake.ts";
import { type Census, takeCensus } from "./census.ts";
import { findCompanions, NOTHING_FOUND } from "./companions.ts";
import { type Dead, type DeadMapping, judgeAll, lineOf } from "./judging.ts";
import { eachLimited } from "./pool.ts";
import { type Choosing, chooseKeys, removeDead } from "./removing.ts";
import { heedBrake, inRun, type ReapOptions, type ReapTools, type Run } from "./run.ts";
import { findSharedNames } from "./shared-names.ts";
import type { ReapSummary } from "./summary.ts";

/** Never rejects: how it ended stands in the summary. A dry run writes nothing anywhere. */
export async function reap(tools: ReapTools, options: ReapOptions): Promise<ReapSummary> {
  return inRun(tools, options, tools.forge.probe, async (run) => {
    const { dead, census, word } = await judgeCensus(tools, run);
    const isHeld = word !== undefined && run.guard !== undefined && options.force !== true;
    if (isHeld) holdBack(dead, run);
    const told = heedBrake(word, run, options);
    if (run.guard === undefined) await showDead(dead, census, tools, run);
    else await removeAll(dead, census, tools, run);
    return told;
  });
}

/** The dead of all mappings, and what the brake says of removing them. */
async function judgeCensus(tools: ReapTools, { tally, signal, seesAll, guard }: Run) {
  const { client, forge, journal, names, limits, prove } = tools;
  const census = await takeCensus(client, names, { signal, onBatch: tally.scanned });
  tally.scanned(census.total);
  const { strikes, concurrency } = limits;
  const sightings = await journal.sightings();
  const judging = { forge, seesAll, sightings, strikes, concurrency, now: tools.now(), signal };
  const judged = await judgeAll(census, prove ? { ...judging, prove } : judging, tally);
  if (guard !== undefined) await journal.saveSightings(judged.sightings);
  const figures = { ...judged, mappings: census.total, dead: flat(judged.dead).length };
  return { dead: judged.dead, census, word: brake(figures, limits.brake) };
}

function flat(dead: Dead): DeadMapping[] {
  return [...dead.values()].flat();
}

function holdBack(dead: Dead, { tally }: Run): void {
  for (const { mapping, verdict } of flat(dead))
    tally.line({ ...lineOf(mapping, verdict, verdict.detail), action: "held-back" });
}

async function showDead(dead: Dead, census: Census, tools: ReapTools, run: Run): Promise<void> {
  const choosing = await prepare(dead, census, tools, run.signal);
  for (const one of flat(dead)) {
    const { mapping, verdict } = one;
    const removal = await chooseKeys(one, choosing);
    choosing.shared.drop(mapping.domain);
    const keys = removal?.keys.map(({ key }) => key) ?? [];
    run.tally.line({
      ...lineOf(mapping, verdict, verdict.detail),
      action: removal === undefined ? "changed" : "would-remove",
      keys,
    });
  }
}

/** Removes the dead of all repositories, each only if it still is. */
export async function removeAll(
  dead: Dead,
  census: Census,
  tools: ReapTools,
  { id, tally, signal, remover, guard, only }: Run & Pick<Choosing, "only">,
): Promise<void> {
  if (guard === undefined) throw new Error("Only a run with the lock may remove.");
  const { forge, journal, now, limits } = tools;
  const choosing = await prepare(dead, census, tools, signal);
  const removing = {
    ...choosing,
    ...(only && { only }),
    run: id,
    forge,
    remover,
    journal,
    guard,
    now,
    signal,
  };
  const gone = new Map<string, undefined>();
  try {
    await eachLimited(dead, limits.concurrency, async ([repository, some]) => {
      if (await removeDead(repository, some, removing, tally)) gone.set(repository, undefined);
    });
  } finally {
    await journal.saveSightings(gone);
  }
}

async function prepare(
  dead: Dead,
  census: Census,
  { client, names }: ReapTools,
  signal: AbortSignal,
): Promise<Choosing> {
  const mappings = flat(dead).map(({ mapping }) => mapping);
  const found =
    mappings.length === 0 ? NOTHING_FOUND : await findCompanions(client, names, mappings, signal);
  const shared = findSharedNames(
    census,
    mappings.map(({ domain }) => domain),
  );
  return { client, names, found, shared };
}
