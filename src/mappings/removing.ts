/** Takes the dead away: a second look at the forge, a record of what goes, then one step that compares and deletes. */
import type { PagesSettings } from "../config/reap.ts";
import type { Instant } from "../fields.ts";
import type { RedisClient } from "../redis/connect.ts";
import { companionsOf, type Found } from "./companions.ts";
import type { Forge } from "./forge.ts";
import { type Journal, recordKey } from "./journal.ts";
import { type DeadMapping, lineOf } from "./judging.ts";
import { readLives, readStrings } from "./keyspace.ts";
import { cachesOf, chooseRemoval, type Removal } from "./removal.ts";
import { dropCaches, type Remover } from "./remove.ts";
import type { SharedNames } from "./shared-names.ts";
import { RunStopped } from "./summary.ts";
import type { Tally } from "./tally.ts";
import { judge } from "./verdict.ts";

/** What decides on the keys of a dead mapping. */
export interface Choosing {
  readonly client: RedisClient;
  readonly names: Pick<PagesSettings, "rootKey" | "mappingPrefix">;
  readonly found: Found;
  readonly shared: SharedNames;
}

export interface Removing extends Choosing {
  readonly run: string;
  readonly forge: Forge;
  readonly remover: Remover;
  readonly journal: Journal;
  /** Holds while this run has the lock. */
  readonly guard: Removal["guards"][number];
  readonly now: () => Instant;
  readonly signal: AbortSignal;
}

/** Removes the dead mappings of one repository. Returns whether all of them went. */
export async function removeDead(
  repository: string,
  dead: readonly DeadMapping[],
  removing: Removing,
  tally: Tally,
): Promise<boolean> {
  const { forge, signal } = removing;
  signal.throwIfAborted();
  const look = await forge.look(repository, signal);
  if (look.found === "unauthorized") throw new RunStopped("The forge refused the token.");
  let all = true;
  for (const one of dead) {
    // What has begun is finished, what has not is left.
    signal.throwIfAborted();
    const { mapping, verdict } = one;
    const now = judge(mapping, look);
    const keys = now.kind === verdict.kind ? await removeInTurn(one, removing) : undefined;
    if (keys !== undefined) {
      tally.line({ ...lineOf(mapping, verdict, verdict.detail), action: "removed", keys });
      continue;
    }
    all = false;
    const detail = `first ${verdict.kind}, a moment later ${now.kind === verdict.kind ? "claimed anew" : now.kind}`;
    tally.line({ ...lineOf(mapping, verdict, detail), action: "changed" });
  }
  return all;
}

function removeInTurn(one: DeadMapping, removing: Removing) {
  const { domain } = one.mapping;
  return removing.shared.inTurn(domain, async () => {
    const keys = await removeMapping(one, removing);
    if (keys !== undefined) removing.shared.drop(domain);
    return keys;
  });
}

/** The keys that are gone; undefined when the mapping was no longer what was judged. */
async function removeMapping(
  { mapping, verdict }: DeadMapping,
  removing: Removing,
): Promise<readonly string[] | undefined> {
  const { client, run, journal, remover, guard, names, found, now } = removing;
  const removal = await chooseKeys({ mapping, verdict }, removing);
  if (removal === undefined) return undefined;
  const subject = mapping.domain;
  const lives = await readLives(
    client,
    removal.keys.map(({ key }) => key),
  );
  const keys = removal.keys.map(({ key, held }, i) => {
    const life = lives[i] ?? -1;
    return recordKey(key, held, life >= 0 ? now() + life : undefined);
  });
  await journal.append(run, [{ kind: "intent", at: now(), subject, verdict: verdict.kind, keys }]);
  const removed = await remover.remove({ ...removal, guards: [guard, ...removal.guards] });
  const gone = removed === "changed" ? [] : removed.keys;
  await journal.append(run, [{ kind: "outcome", at: now(), subject, removed: gone }]);
  if (removed === "changed") return undefined;
  await dropCaches(client, cachesOf(mapping, verdict.kind, names, found));
  return gone;
}

/** The keys that would go as things stand. */
export async function chooseKeys(
  { mapping }: DeadMapping,
  { client, names, found, shared }: Choosing,
): Promise<Removal | undefined> {
  const companions = companionsOf(mapping, names, found);
  const values = await readStrings(
    client,
    companions.map(({ key }) => key),
  );
  return chooseRemoval(mapping, companions, values, {
    sharesName: shared.isShared(mapping.domain),
  });
}
