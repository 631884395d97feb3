/** What every run has around it: a forge that can be believed, the lock, figures, and a summary whatever happens. */
import type { BrakeLimits, PagesSettings, StrikeLimits } from "../config/reap.ts";
import type { Instant } from "../fields.ts";
import type { RedisClient } from "../redis/connect.ts";
import type { Forge } from "./forge.ts";
import { type Journal, newRunId } from "./journal.ts";
import { lockHolder, takeLock } from "./lock.ts";
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

/** What a run works with. */
export interface ReapTools {
  /** The pages Redis. */
  readonly client: RedisClient;
  readonly forge: Forge;
  readonly journal: Journal;
  readonly names: Pick<PagesSettings, "rootKey" | "mappingPrefix">;
  readonly limits: ReapLimits;
  readonly now: () => Instant;
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

/** Never rejects. `work` resolves with what the brake says of a dry run. */
export async function inRun(
  tools: ReapTools,
  { mode, signal, events = {} }: ReapOptions,
  work: (run: Run) => Promise<string | undefined>,
): Promise<ReapSummary> {
  const startedAt = tools.now();
  const began = performance.now();
  const id = newRunId(startedAt);
  const tally = createTally(events);
  const before = await readMemory(tools.client);
  let ended: Pick<ReapSummary, "outcome" | "because" | "brake">;
  try {
    const held = await guarded(tools, { id, mode, signal, tally }, work);
    ended = { outcome: "finished", ...(held !== undefined && { brake: held }) };
  } catch (thrown) {
    ended = outcomeOf(thrown, signal.aborted);
  }
  const after = await readMemory(tools.client);
  return {
    run: id,
    mode,
    ...ended,
    startedAt,
    durationMs: Math.round(performance.now() - began),
    ...tally.figures(),
    ...(before !== undefined && after !== undefined && { redisMemory: { before, after } }),
  };
}

interface Beginning {
  readonly id: string;
  readonly mode: ReapOptions["mode"];
  readonly signal: AbortSignal;
  readonly tally: Tally;
}

async function guarded(
  { client, forge, journal, limits, now }: ReapTools,
  { id, mode, signal, tally }: Beginning,
  work: (run: Run) => Promise<string | undefined>,
): Promise<string | undefined> {
  const fitness = await forge.probe(signal);
  if (!fitness.fit) throw new RunStopped(`The forge cannot be believed: ${fitness.because}.`);
  const { seesAll } = fitness;
  const remover = createRemover(client);
  if (mode === "dry-run") return work({ id, tally, signal, seesAll, remover });
  const lock = await takeLock(client, remover, id);
  if (lock === undefined) {
    throw new RunStopped(`Run ${await lockHolder(client)} is under way on this pages Redis.`);
  }
  try {
    await journal.prune(now() - limits.keepRecordsMs);
    const ending = AbortSignal.any([signal, lock.lost]);
    return await work({ id, tally, signal: ending, seesAll, remover, guard: lock.guard });
  } catch (thrown) {
    throw lock.lost.aborted ? new RunStopped("The lock of this run was lost.") : thrown;
  } finally {
    await lock.release();
  }
}

/** `used_memory` of the pages Redis in bytes; undefined where it is not told. */
async function readMemory(client: RedisClient): Promise<number | undefined> {
  const info = await client.info("memory").catch(() => "");
  const used = /^used_memory:(\d+)/m.exec(info)?.[1];
  return used === undefined ? undefined : Number(used);
}
