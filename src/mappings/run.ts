/** What every run has around it: a forge that can be believed, the lock, figures, and a summary whatever happens. */
import type { BrakeLimits, PagesSettings, StrikeLimits } from "../config/reap.ts";
import type { Instant } from "../fields.ts";
import type { RedisClient } from "../redis/connect.ts";
import type { Fitness, Forge } from "./forge.ts";
import { type Journal, newRunId } from "./journal.ts";
import { holdLock } from "./lock.ts";
import type { Mapping } from "./mapping.ts";
import type { Removal } from "./removal.ts";
import { createRemover, type Remover } from "./remove.ts";
import {
  outcomeOf,
  type ReapEvents,
  type ReapMode,
  type ReapSummary,
  RunStopped,
} from "./summary.ts";
import { createTally, type Tally } from "./tally.ts";

/** What every run works with. */
export interface RunTools {
  /** The pages Redis. */
  readonly client: RedisClient;
  readonly journal: Journal;
  readonly limits: ReapLimits;
  readonly now: () => Instant;
  /** Requests sent to forges and owners so far. */
  readonly requests: () => number;
}

/** What a run over mappings works with. */
export interface ReapTools extends RunTools {
  readonly forge: Forge;
  readonly names: Pick<PagesSettings, "rootKey" | "mappingPrefix">;
  /** What DNS says of the owner of a live main domain; absent when it is not asked. */
  readonly prove?: (mapping: Mapping) => Promise<string>;
}

export interface ReapLimits {
  readonly strikes: StrikeLimits;
  readonly brake: BrakeLimits;
  readonly keepRecordsMs: number;
  /** Looks at the forge under way at a time. */
  readonly concurrency: number;
}

export interface ReapOptions {
  readonly mode: ReapMode;
  /** Removes even what the brake would hold back. */
  readonly force?: boolean;
  /** Ends the run after what has begun. */
  readonly signal: AbortSignal;
  readonly events?: ReapEvents;
}

/** What the work of a run is given. */
export interface Run {
  readonly id: string;
  readonly tally: Tally;
  /** Aborts when the run is to end, or has lost its lock. */
  readonly signal: AbortSignal;
  /** Whether a repository that the forge does not show is not there. */
  readonly seesAll: boolean;
  readonly remover: Remover;
  /** Fails every removal once the lock is another run's; absent in a dry run. */
  readonly guard?: Removal["guards"][number];
}

/** Never rejects. `probe` says whether answers can be believed; `work` resolves with what the brake says of a dry run. */
export async function inRun(
  tools: RunTools,
  { mode, signal, events = {} }: ReapOptions,
  probe: (signal: AbortSignal) => Promise<Fitness>,
  work: (run: Run) => Promise<string | undefined>,
): Promise<ReapSummary> {
  const startedAt = tools.now();
  const began = performance.now();
  const id = newRunId(startedAt);
  const tally = createTally(events);
  const asked = tools.requests();
  const before = await readMemory(tools.client);
  let ended: Pick<ReapSummary, "outcome" | "because" | "brake">;
  try {
    const fitness = await probe(signal);
    if (!fitness.fit) throw new RunStopped(`The forge cannot be believed: ${fitness.because}.`);
    const run = {
      id,
      tally,
      signal,
      seesAll: fitness.seesAll,
      remover: createRemover(tools.client),
    };
    const held = await (mode === "dry-run" ? work(run) : workLocked(tools, run, work));
    ended = { outcome: "finished", ...(held !== undefined && { brake: held }) };
  } catch (thrown) {
    ended = outcomeOf(thrown, signal.aborted);
  }
  // A Redis that has just failed would only be waited for once more.
  const after = ended.outcome === "failed" ? undefined : await readMemory(tools.client);
  return {
    run: id,
    mode,
    ...ended,
    startedAt,
    durationMs: Math.round(performance.now() - began),
    ...tally.figures(),
    requests: tools.requests() - asked,
    ...(before !== undefined && after !== undefined && { redisMemory: { before, after } }),
  };
}

async function workLocked(
  { client, journal, limits, now }: RunTools,
  run: Run,
  work: (run: Run) => Promise<string | undefined>,
): Promise<string | undefined> {
  return holdLock(client, run, async (guard, signal) => {
    await journal.prune(now() - limits.keepRecordsMs);
    return work({ ...run, signal, guard });
  });
}

/** Stops a run that the brake speaks against, unless it is forced to go on. Of a dry run the word of the brake is only told. */
export function heedBrake(
  word: string | undefined,
  { guard }: Pick<Run, "guard">,
  { force }: Pick<ReapOptions, "force">,
): string | undefined {
  if (guard === undefined) return word;
  if (word !== undefined && force !== true) throw new RunStopped(`Nothing was removed: ${word}.`);
  return undefined;
}

/** `used_memory` of the pages Redis in bytes; undefined where it is not told. */
async function readMemory(client: RedisClient): Promise<number | undefined> {
  const info = await client.info("memory").catch(() => "");
  const used = /^used_memory:(\d+)/m.exec(info)?.[1];
  return used === undefined ? undefined : Number(used);
}
