/** A run over a family of keys that have an owner somewhere, by a configured rule: the same care as for mappings. */
import type { RedisClient } from "../redis/connect.ts";
import { brake } from "./brake.ts";
import { type CarryingOut, carryOut } from "./carry-out.ts";
import { scanKeys, textOf } from "./keyspace.ts";
import { eachLimited } from "./pool.ts";
import type { Held } from "./removal.ts";
import type { KeyRule } from "./rule.ts";
import { heedBrake, inRun, type ReapOptions, type Run, type RunTools } from "./run.ts";
import type { Send } from "./send.ts";
import type { Action, ReapSummary } from "./summary.ts";
import { fateOf, type Verdict } from "./verdict.ts";

export interface RuleTools extends RunTools {
  /** Asks the owner's URL, without credentials and without following redirects. */
  readonly send: Send;
}

/** A key and what it held when its owner was asked about. */
interface OwnedKey {
  readonly key: string;
  readonly held: Held;
}

/** The keys of each owner that is gone, by the owner's URL. */
type Gone = ReadonlyMap<string, readonly OwnedKey[]>;

/** Never rejects. */
export async function reapByRule(
  rule: KeyRule,
  tools: RuleTools,
  options: ReapOptions,
): Promise<ReapSummary> {
  const summary = await inRun(tools, options, believe, async (run) => {
    const owners = await findOwners(rule, tools.client, run.signal);
    const mappings = [...owners.values()].reduce((sum, keys) => sum + keys.size, 0);
    run.tally.scanned(mappings);
    const { gone, unsure } = await judgeOwners(owners, rule, tools, run);
    const dead = [...gone.values()].reduce((sum, keys) => sum + keys.length, 0);
    const figures = { mappings, dead, asked: owners.size, unsure };
    const word = heedBrake(brake(figures, tools.limits.brake), run, options);
    await removeGone(gone, rule, tools, run);
    return word;
  });
  return { ...summary, rule: rule.name };
}

async function judgeOwners(
  owners: ReadonlyMap<string, ReadonlySet<string>>,
  rule: KeyRule,
  { client, send, limits }: RuleTools,
  run: Run,
): Promise<{ readonly gone: Gone; readonly unsure: number }> {
  const gone = new Map<string, readonly OwnedKey[]>();
  let unsure = 0;
  await eachLimited(owners, limits.concurrency, async ([url, keys]) => {
    // Before the question: what is written after it is not what the answer is about.
    const held = await holdAll(client, [...keys]);
    const verdict = await ask(url, rule, send, run.signal);
    if (verdict.kind === "unknown") unsure += 1;
    for (const _ of keys) run.tally.judged();
    if (fateOf(verdict) === "dead") gone.set(url, held);
    else for (const key of keys) tell(run, key, url, verdict, "kept");
  });
  return { gone, unsure };
}

async function removeGone(gone: Gone, rule: KeyRule, tools: RuleTools, run: Run): Promise<void> {
  const { guard } = run;
  for (const [url, keys] of gone) {
    run.signal.throwIfAborted();
    if (guard === undefined) {
      for (const { key } of keys) tell(run, key, url, GONE, "would-remove");
      continue;
    }
    const again = await ask(url, rule, tools.send, run.signal);
    const carrying = { ...tools, remover: run.remover, run: run.id, guard };
    for (const owned of keys) {
      const went = fateOf(again) === "dead" && (await removeOwned(owned, carrying));
      tell(run, owned.key, url, GONE, went ? "removed" : "changed");
    }
  }
}

async function removeOwned({ key, held }: OwnedKey, carrying: CarryingOut): Promise<boolean> {
  const removal = { guards: [], keys: [{ key, held }] };
  const gone = await carryOut(removal, { subject: key, verdict: GONE.kind }, carrying);
  return gone?.length === 1;
}

const GONE: Verdict = { kind: "owner-missing" };

async function believe() {
  return { fit: true, seesAll: true } as const;
}

async function findOwners(rule: KeyRule, client: RedisClient, signal: AbortSignal) {
  const owners = new Map<string, Set<string>>();
  for await (const batch of scanKeys(client, rule.glob, signal)) {
    for (const bytes of batch) {
      const key = textOf(bytes);
      const url = key === undefined ? undefined : rule.ownerOf(key);
      if (key === undefined || url === undefined) continue;
      owners.set(url, (owners.get(url) ?? new Set()).add(key));
    }
  }
  return owners;
}

async function holdAll(client: RedisClient, keys: readonly string[]): Promise<OwnedKey[]> {
  const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  return keys.flatMap((key, i) => {
    const dump = dumps[i];
    return dump ? [{ key, held: { dump } }] : [];
  });
}

async function ask(url: string, rule: KeyRule, send: Send, signal: AbortSignal): Promise<Verdict> {
  const answer = await send(new URL(url), signal);
  signal.throwIfAborted();
  if ("failed" in answer) return { kind: "unknown", detail: answer.failed };
  const { status } = answer;
  if (rule.gone.includes(status)) return GONE;
  return status >= 200 && status < 300
    ? { kind: "alive" }
    : { kind: "unknown", detail: `status ${status}` };
}

function tell({ tally }: Run, key: string, url: string, verdict: Verdict, action: Action): void {
  const keys = action === "removed" || action === "would-remove" ? { keys: [key] } : {};
  tally.line({
    domain: key,
    verdict: verdict.kind,
    action,
    detail: verdict.detail ?? url,
    ...keys,
  });
}
