/** A removal on record: written down before it happens, and after it how it went. */
import type { Instant } from "../fields.ts";
import type { RedisClient } from "../redis/connect.ts";
import { type Journal, recordKey } from "./journal.ts";
import { readLives } from "./keyspace.ts";
import type { Removal } from "./removal.ts";
import type { Remover } from "./remove.ts";
import type { VerdictKind } from "./verdict.ts";

export interface CarryingOut {
  /** The pages Redis. */
  readonly client: RedisClient;
  readonly run: string;
  readonly journal: Journal;
  readonly remover: Remover;
  /** Holds while this run has the lock. */
  readonly guard: Removal["guards"][number];
  readonly now: () => Instant;
}

/** The keys that are gone; undefined when something had changed and nothing was touched. */
export async function carryOut(
  removal: Removal,
  { subject, verdict }: { readonly subject: string; readonly verdict: VerdictKind },
  { client, run, journal, remover, guard, now }: CarryingOut,
): Promise<readonly string[] | undefined> {
  const lives = await readLives(
    client,
    removal.keys.map(({ key }) => key),
  );
  const keys = removal.keys.map(({ key, held }, i) => {
    const life = lives[i] ?? -1;
    return recordKey(key, held, life >= 0 ? now() + life : undefined);
  });
  await journal.append(run, [{ kind: "intent", at: now(), subject, verdict, keys }]);
  const removed = await remover.remove({ ...removal, guards: [guard, ...removal.guards] });
  const gone = removed === "changed" ? [] : removed.keys;
  await journal.append(run, [{ kind: "outcome", at: now(), subject, removed: gone }]);
  return removed === "changed" ? undefined : gone;
}
