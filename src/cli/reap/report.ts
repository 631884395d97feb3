/** What a run prints: lines and a summary for people, or one JSON object a line for machines; a bar on a terminal. */
import { printable } from "../../mappings/printable.ts";
import {
  errorCount,
  type MappingLine,
  type ReapEvents,
  type ReapSummary,
} from "../../mappings/summary.ts";
import { createBar, type BarOutput as Output } from "../bar.ts";

export interface Report extends ReapEvents {
  summary(summary: ReapSummary): void;
  /** Takes the bar away. */
  end(): void;
}

export interface ReportOptions {
  /** Results. */
  readonly out: Output;
  /** Talk: the bar. */
  readonly err: Output;
  readonly json: boolean;
  /** Nothing is removed, only counted. */
  readonly dryRun: boolean;
}

export function createReport({ out, err, json, dryRun }: ReportOptions): Report {
  const bar = createBar(err);
  const verb = dryRun ? "to remove" : "removed";
  const print = (text: string) => {
    bar.hide();
    out.write(`${text}\n`);
  };
  return {
    mapping: (line) => print(json ? JSON.stringify({ event: "mapping", ...line }) : lineText(line)),
    progress: ({ scanned, judged, removed }) =>
      bar.show(judged, scanned, `${judged} of ${scanned} judged, ${removed} ${verb}`),
    summary: (summary) =>
      print(json ? JSON.stringify({ event: "summary", ...summary }) : summaryText(summary)),
    end: bar.hide,
  };
}

function lineText({ domain, repository, branch, verdict, action, detail, keys }: MappingLine) {
  const owner = repository === undefined ? "" : ` -> ${repository}${branch ? ` (${branch})` : ""}`;
  const because = detail === undefined ? "" : ` (${detail})`;
  const count = keys === undefined ? "" : ` ${keys.length} ${keys.length === 1 ? "key" : "keys"}`;
  return `${domain}${owner}: ${verdict}${because}: ${ACTIONS[action]}${count}`;
}

const ACTIONS: Readonly<Record<MappingLine["action"], string>> = {
  kept: "kept",
  waiting: "kept for now",
  removed: "removed",
  "would-remove": "would remove",
  changed: "kept, it has changed",
  "held-back": "kept, the run was stopped",
};

function summaryText(summary: ReapSummary): string {
  const { run, rule, mode, outcome, because, brake, redisMemory, proofs } = summary;
  const isDry = mode === "dry-run";
  const rows: [string, string | undefined][] = [
    ["Run", `${run}${rule === undefined ? "" : ` of rule ${printable(rule)}`}`],
    ["Outcome", because === undefined ? outcome : `${outcome}: ${because}`],
    ["Scanned", String(summary.scanned)],
    [isDry ? "Would clean" : "Cleaned", `${summary.cleaned} (${summary.keysRemoved} keys)`],
    ["Kept", `${summary.kept}${summary.waiting > 0 ? `, ${summary.waiting} for now` : ""}`],
    ["Errors", counts(errorCount(summary), summary.errors)],
    ["Verdicts", list(summary.verdicts)],
    ["Ownership in DNS", proofs && list(proofs)],
    ["Requests", String(summary.requests)],
    ["Redis memory", redisMemory && `${redisMemory.before} bytes, then ${redisMemory.after}`],
    ["Duration", `${(summary.durationMs / 1_000).toFixed(2)} seconds`],
    ["Brake", brake && `would stop this run: ${brake}`],
  ];
  const lines = rows.flatMap(([name, text]) => (text ? [`${`${name}:`.padEnd(18)}${text}`] : []));
  if (isDry) lines.push("Dry run: nothing was changed.");
  else if (summary.cleaned > 0) lines.push(`Put back with: warmfront reap undo ${run}`);
  return `\n${lines.join("\n")}`;
}

function counts(total: number, byKind: Readonly<Record<string, number>>): string {
  return total === 0 ? "0" : `${total} (${list(byKind)})`;
}

function list(byKind: Readonly<Record<string, number>>): string {
  return Object.entries(byKind)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(", ");
}
