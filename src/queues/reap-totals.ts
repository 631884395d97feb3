/** What all runs of the reaper together did, for metrics: counters beside its records. */
import type { ReapSummary } from "../mappings/summary.ts";
import type { RedisClient } from "../redis/connect.ts";
import { REAP_TOTALS } from "../redis/keys.ts";

/** One counter or gauge: what it counts, in which mode, of which kind. */
export interface ReapTotal {
  readonly what: "runs" | "removed" | "kept" | "errors" | "ms" | "success" | "memory";
  readonly mode: string;
  /** Outcome, verdict, …; empty where there is only one. */
  readonly kind: string;
  readonly value: number;
}

/** Adds the summaries of one job; the first is that of the mappings. */
export async function addReapTotals(
  connection: RedisClient,
  summaries: readonly ReapSummary[],
  endedAt: number,
): Promise<void> {
  for (const summary of summaries) {
    const adding = connection.pipeline();
    for (const [field, count] of countsOf(summary))
      if (count !== 0) adding.hincrby(REAP_TOTALS, field, count);
    for (const [field, value] of gaugesOf(summary, endedAt)) adding.hset(REAP_TOTALS, field, value);
    await adding.exec();
  }
}

function countsOf({ mode, outcome, durationMs, ...run }: ReapSummary): [string, number][] {
  return [
    [`runs|${mode}|${outcome}`, 1],
    [`ms|${mode}|`, Math.round(durationMs)],
    ...kindsOf(`removed|${mode}`, run.removed),
    ...kindsOf(`kept|${mode}`, keptOf(run)),
    ...kindsOf(`errors|${mode}`, run.errors),
  ];
}

/** Those that were judged and stayed, by verdict. */
function keptOf({ verdicts, removed }: Pick<ReapSummary, "verdicts" | "removed">) {
  const gone: Readonly<Record<string, number>> = removed;
  return Object.fromEntries(
    Object.entries(verdicts).map(([verdict, count]) => [verdict, count - (gone[verdict] ?? 0)]),
  );
}

function gaugesOf({ mode, outcome, redisMemory }: ReapSummary, endedAt: number) {
  const gauges = kindsOf(`memory|${mode}`, redisMemory ?? {});
  if (outcome === "finished") gauges.push([`success|${mode}|`, endedAt]);
  return gauges;
}

function kindsOf(start: string, counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).map(([kind, count]) => [`${start}|${kind}`, count]);
}

/** All counters and gauges since the first run. Rejects while Redis is away. */
export async function readReapTotals(connection: RedisClient): Promise<ReapTotal[]> {
  const stored = await connection.hgetall(REAP_TOTALS);
  return Object.entries(stored).map(([field, value]) => {
    const [what, mode = "", kind = ""] = field.split("|");
    return { what: what as ReapTotal["what"], mode, kind, value: Number(value) };
  });
}
