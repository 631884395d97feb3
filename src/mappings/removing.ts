/** Takes the dead away: a second look at the forge, a record of what goes, then one step that compares and deletes. */
import type { PagesSettings } from "../config/reap.ts";
import type { RedisClient } from "../redis/connect.ts";
import { type CarryingOut, carryOut } from "./carry-out.ts";
import { companionsOf, type Found } from "./companions.ts";
import type { Forge } from "./forge.ts";
import { type DeadMapping, lineOf } from "./judging.ts";
import { readStrings } from "./keyspace.ts";
import { cachesOf, chooseRemoval, type Removal } from "./removal.ts";
import { dropCaches } from "./remove.ts";
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
  /** The keys that may go with each domain; absent: all that belong to it. */
  readonly only?: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Removing extends Choosing, CarryingOut {
  readonly forge: Forge;
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
  const { client, names, found } = removing;
  const removal = await chooseKeys({ mapping, verdict }, removing);
  if (removal === undefined) return undefined;
  const gone = await carryOut(
    removal,
    { subject: mapping.domain, verdict: verdict.kind },
    removing,
  );
  if (gone !== undefined) await dropCaches(client, cachesOf(mapping, verdict.kind, names, found));
  return gone;
}

/** The keys that would go as things stand. */
export async function chooseKeys(
  { mapping }: DeadMapping,
  { client, names, found, shared, only }: Choosing,
): Promise<Removal | undefined> {
  const companions = companionsOf(mapping, names, found);
  const values = await readStrings(
    client,
    companions.map(({ key }) => key),
  );
  const sharesName = shared.isShared(mapping.domain);
  const removal = chooseRemoval(mapping, companions, values, { sharesName });
  const allowed = only?.get(mapping.domain);
  if (removal === undefined || allowed === undefined) return removal;
  return { ...removal, keys: removal.keys.filter(({ key }) => allowed.has(key)) };
}
