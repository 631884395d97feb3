/** A run over keys without a mapping: reports them, or removes them as carefully as mappings. */
import { brake } from "./brake.ts";
import { type CarryingOut, carryOut } from "./carry-out.ts";
import { routerPrefix } from "./companions.ts";
import { readStrings } from "./keyspace.ts";
import { findOrphans, type Names, type Orphan } from "./orphans.ts";
import type { Removal } from "./removal.ts";
import { heedBrake, inRun, type ReapOptions, type RunTools } from "./run.ts";
import type { Action, MappingLine, ReapSummary } from "./summary.ts";
import type { Tally } from "./tally.ts";

type OrphanTools = RunTools & { readonly names: Names };

/** Never rejects. No forge is asked: what is removed is nobody's by the pages server's own word. */
export async function reapOrphans(tools: OrphanTools, options: ReapOptions): Promise<ReapSummary> {
  return inRun(tools, options, believe, async (run) => {
    const { client, names, limits } = tools;
    const { tally, signal, guard } = run;
    const { mappings, orphans } = await findOrphans(client, names, signal);
    tally.scanned(orphans.length);
    const figures = { mappings: mappings + orphans.length, dead: orphans.length };
    const word = heedBrake(brake({ ...figures, asked: 0, unsure: 0 }, limits.brake), run, options);
    for (const orphan of orphans) {
      signal.throwIfAborted();
      if (guard === undefined) tally.line(lineOf(orphan, "would-remove", orphan.keys));
      else await removeOrphan(orphan, tools, { ...tools, ...run, run: run.id, guard }, tally);
    }
    return word;
  });
}

function lineOf({ kind, name }: Orphan, action: Action, keys: readonly string[]): MappingLine {
  return { domain: name, verdict: "orphan", detail: kind, action, keys };
}

async function removeOrphan(
  orphan: Orphan,
  tools: OrphanTools,
  carrying: CarryingOut,
  tally: Tally,
): Promise<void> {
  const subject = `${orphan.kind} ${orphan.keys[0]}`;
  const removal = await chooseOrphan(orphan, tools);
  const gone = await carryOut(removal, { subject, verdict: "orphan" }, carrying);
  tally.line(lineOf(orphan, gone === undefined ? "changed" : "removed", gone ?? []));
}

async function believe() {
  return { fit: true, seesAll: true } as const;
}

/** The keys as they are now, and what must not have come back. */
async function chooseOrphan(
  { kind, name, keys }: Orphan,
  { client, names }: OrphanTools,
): Promise<Removal> {
  const values = await readStrings(client, keys);
  const held = keys.flatMap((key, i) => {
    const value = values[i];
    return Buffer.isBuffer(value) ? [{ key, held: { value } }] : [];
  });
  if (kind === "reverse" || kind === "redirect-count")
    return { guards: [{ key: names.mappingPrefix + name, value: null }], keys: held };
  const rule = `${routerPrefix(names)}${name}/rule`;
  const ruled = held.find(({ key }) => key === rule)?.held.value ?? null;
  const guards: { key: string; value: Buffer | null }[] = [{ key: rule, value: ruled }];
  const [, domain] = /^Host\(`([^`]+)`\)$/.exec(ruled?.toString() ?? "") ?? [];
  if (domain !== undefined) guards.push({ key: names.mappingPrefix + domain, value: null });
  return { guards, keys: held };
}
