import type { Command } from "commander";
import type { AuditRecord } from "../cache/audit.ts";
import { askControl, type ControlOptions, withControlOptions } from "./control.ts";
import { collectOption } from "./options.ts";
import { printJson, printLines, table } from "./printing.ts";

interface PurgeOptions extends ControlOptions {
  readonly tag?: readonly string[];
  readonly prefix?: string;
  readonly route?: string;
  readonly all?: boolean;
  readonly soft?: boolean;
  readonly dryRun?: boolean;
}

/** `warmfront purge [url…]`, `warmfront purge audit` */
export function addPurgeCommands(program: Command): void {
  const purge = withControlOptions(
    program
      .command("purge")
      .description("drop or expire stored responses, in every process, and against running fetches")
      .argument("[url...]", "paths with query, or URLs of the data plane")
      .option(
        "-t, --tag <tag>",
        "by Surrogate-Key, Cache-Tag or Cache-Groups; repeatable",
        collectOption,
      )
      .option("--prefix <path>", "all whose path and query begin so")
      .option("--route <name>", "all of a route")
      .option("--all", "everything")
      .option(
        "--soft",
        "only make them stale: they stay for stale-while-revalidate and stale-if-error",
      )
      .option("--dry-run", "purge nothing, only count what is meant and show samples"),
  );
  purge.action((urls: string[], options: PurgeOptions) => runPurge(purge, urls, options));
  purge
    .command("audit")
    .description("who purged or rolled back what, the newest first")
    .configureHelp({ showGlobalOptions: true })
    .option("--limit <number>", "how many records", "20")
    .action((_: unknown, audit: Command) => runAudit(audit));
}

interface Purged extends AuditRecord {
  readonly dryRun?: undefined;
}

interface Previewed {
  readonly dryRun: true;
  readonly what: readonly string[];
  readonly count: number;
  readonly cut: boolean;
  readonly samples: readonly {
    readonly route: string;
    readonly target: string;
    readonly status: number;
    readonly storedAt: string;
  }[];
}

async function runPurge(command: Command, urls: string[], options: PurgeOptions): Promise<void> {
  const { tag, prefix, route, all, soft, dryRun } = options;
  const answer = await askControl<Purged | Previewed>(command, options, "/purge", {
    ...(urls.length > 0 && { urls }),
    ...(tag !== undefined && { tags: tag }),
    ...{ prefix, route, all },
    mode: soft === true ? "soft" : "hard",
    dryRun: dryRun === true,
  });
  if (options.json === true) return printJson(answer);
  printLines(answer.dryRun === true ? previewLines(answer) : purgedLines(answer));
}

function purgedLines({ id, mode, what, count }: Purged): string[] {
  const more = count > what.length ? [`  and ${count - what.length} more`] : [];
  const done = mode === "soft" ? "Made stale" : "Purged";
  return [...what.map((one) => `${done}: ${one}`), ...more, `Audit: ${id}`];
}

function previewLines({ what, count, cut, samples }: Previewed): string[] {
  const rows = samples.map(({ status, storedAt, route, target }) => [
    ...[String(status), storedAt, route, target],
  ]);
  const more = count > samples.length ? [`and ${count - samples.length} more`] : [];
  const counted = `${count} stored ${count === 1 ? "response" : "responses"}, kept versions counted`;
  const named = `${what.slice(0, 3).join(", ")}${what.length > 3 ? ", …" : ""}`;
  return [
    `${cut ? "At least " : ""}${counted}: ${named}`,
    ...table(rows),
    ...more,
    "Dry run: nothing was purged.",
  ];
}

async function runAudit(command: Command): Promise<void> {
  const options = command.optsWithGlobals<ControlOptions & { readonly limit: string }>();
  const path = `/purge/audit?limit=${encodeURIComponent(options.limit)}`;
  const { records } = await askControl<{ records: AuditRecord[] }>(command, options, path);
  if (options.json === true) return printJson(records);
  const rows = records.map(({ time, who, action, mode, count, what }) => [
    ...[time, who, mode === undefined ? action : `${mode} ${action}`],
    `${what.join(", ")}${count > what.length ? `, and ${count - what.length} more` : ""}`,
  ]);
  printLines(rows.length === 0 ? ["Nothing was done yet."] : table(rows));
}
