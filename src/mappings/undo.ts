/** Puts back what a run has removed, wherever nobody has taken the place since. */
import type { Instant } from "../fields.ts";
import type { RedisClient } from "../redis/connect.ts";
import {
  heldOf,
  type Intent,
  type Journal,
  type JournalLine,
  type RecordedKey,
} from "./journal.ts";
import { holdLock } from "./lock.ts";
import { createRemover } from "./remove.ts";
import { RunStopped } from "./summary.ts";

export interface UndoTools {
  readonly client: RedisClient;
  readonly journal: Journal;
  readonly now: () => Instant;
}

export interface UndoSummary {
  readonly run: string;
  readonly dryRun: boolean;
  /** Mappings that are there again, or were never gone. */
  readonly restored: number;
  /** Keys put back. */
  readonly keys: number;
  /** Domains, or keys of rules, that somebody else holds now: left as they are. */
  readonly taken: readonly string[];
}

/** Rejects with `RunStopped` when there is no such run, or another run is under way. */
export async function undo(
  { client, journal, now }: UndoTools,
  run: string,
  { dryRun, signal }: { readonly dryRun: boolean; readonly signal: AbortSignal },
): Promise<UndoSummary> {
  const lines = await journal.read(run);
  if (lines.length === 0) throw new RunStopped(`There is no record of a run ${run}.`);
  const putBack = async (ending: AbortSignal): Promise<UndoSummary> => {
    const taken: string[] = [];
    let restored = 0;
    let keys = 0;
    for (const { subject, keys: removed } of removalsOf(lines)) {
      ending.throwIfAborted();
      const count = await restore(client, removed, now(), dryRun);
      if (count === "taken") taken.push(subject);
      else [restored, keys] = [restored + 1, keys + count];
    }
    return { run, dryRun, restored, keys, taken };
  };
  if (dryRun) return putBack(signal);
  const held = { id: run, remover: createRemover(client), signal };
  return holdLock(client, held, (_, ending) => putBack(ending));
}

/** What went, by the outcome; where a crash left none, whatever was meant to go. */
function removalsOf(lines: readonly JournalLine[]): Pick<Intent, "subject" | "keys">[] {
  const outcomes = new Map(
    lines.flatMap((line) => (line.kind === "outcome" ? [[line.subject, line.removed]] : [])),
  );
  return lines.flatMap((line) => {
    if (line.kind !== "intent") return [];
    const removed = outcomes.get(line.subject);
    const keys = removed ? line.keys.filter(({ key }) => removed.includes(key)) : line.keys;
    return keys.length === 0 ? [] : [{ subject: line.subject, keys }];
  });
}

/** The number of keys put back, or that the deciding key, the first, is another's now. */
async function restore(
  client: RedisClient,
  keys: readonly RecordedKey[],
  now: Instant,
  dryRun: boolean,
): Promise<number | "taken"> {
  const [first, ...rest] = keys;
  if (first === undefined) return 0;
  const claimed = await put(client, first, now, dryRun);
  if (claimed === "taken") return "taken";
  const rule = rest.find(({ key }) => key.endsWith("/rule"));
  const ruled = rule === undefined ? "same" : await put(client, rule, now, dryRun);
  const router = rule?.key.slice(0, -"rule".length);
  let count = Number(claimed === "put") + Number(ruled === "put");
  for (const one of rest) {
    if (one === rule) continue;
    const isOfRouter = router !== undefined && one.key.startsWith(router);
    if (isOfRouter && ruled === "taken") continue;
    if ((await put(client, one, now, dryRun)) === "put") count += 1;
  }
  return count;
}

type Put = "put" | "same" | "taken" | "lapsed";

/** Never overwrites. */
async function put(
  client: RedisClient,
  recorded: RecordedKey,
  now: Instant,
  dryRun: boolean,
): Promise<Put> {
  const { key, expiresAt } = recorded;
  const life = expiresAt === undefined ? 0 : expiresAt - now;
  if (expiresAt !== undefined && life <= 0) return "lapsed";
  const held = heldOf(recorded);
  if (dryRun) return (await client.exists(key)) === 0 ? "put" : isThere(client, key, held);
  if ("dump" in held) {
    return client.restore(key, life, held.dump).then(
      () => "put",
      () => isThere(client, key, held),
    );
  }
  const set =
    life === 0
      ? await client.set(key, held.value, "NX")
      : await client.set(key, held.value, "PX", life, "NX");
  return set === null ? isThere(client, key, held) : "put";
}

async function isThere(
  client: RedisClient,
  key: string,
  held: ReturnType<typeof heldOf>,
): Promise<"same" | "taken"> {
  const [there, was] =
    "dump" in held
      ? [await client.dumpBuffer(key), held.dump]
      : [await client.getBuffer(key).catch(() => null), held.value];
  return there?.equals(was) === true ? "same" : "taken";
}
