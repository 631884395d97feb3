import { readFile, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import type { ReapCommandOptions } from "../config/reap-command.ts";
import { messageOf, SetupError } from "../errors.ts";
import { isRunId } from "../mappings/journal.ts";
import { applyPlan, type Plan, parsePlan, planOf } from "../mappings/plan.ts";
import { reap } from "../mappings/reap.ts";
import { reapOrphans } from "../mappings/reap-orphans.ts";
import {
  exitCodeOf,
  type MappingLine,
  type ReapMode,
  type ReapSummary,
} from "../mappings/summary.ts";
import { undo } from "../mappings/undo.ts";
import { createReport, type Report } from "./reap/report.ts";
import { inSession } from "./reap/session.ts";

interface Options extends ReapCommandOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly force?: boolean;
}

/** `warmfront reap [plan|apply|undo|runs|orphans]` */
export function addReapCommands(program: Command): void {
  const command = program
    .command("reap")
    .description("remove custom domains of a pages server that have lost their owner")
    .configureHelp({ showGlobalOptions: true })
    .option("-c, --config <file>", "the configuration to read")
    .option("--redis-host <host>", "host of the pages Redis (REDIS_HOST; localhost)")
    .option("--redis-port <port>", "its port (REDIS_PORT; 6379)")
    .option("--redis-password <password>", "its password; better REDIS_PASSWORD or _FILE")
    .option("--forgejo-host <url>", "base URL of the forge (FORGEJO_HOST)")
    .option("--forgejo-token <token>", "a token of it; better FORGEJO_TOKEN or _FILE")
    .option("--record <folder>", "where removals are recorded (DATA_DIR/reap)")
    .option("--dry-run", "change nothing, only tell what would be done")
    .option("--json", "one JSON object a line instead of text")
    .option("--force", "remove even what the brake would hold back")
    .action((options: Options) => runReap(options));
  const add = (usage: string, description: string) =>
    command.command(usage).description(description).configureHelp({ showGlobalOptions: true });
  add("plan [file]", "write what a run would remove to a file or standard output").action(
    (file: string | undefined, _: unknown, sub: Command) => runPlan(file, sub.optsWithGlobals()),
  );
  add("apply <plan>", "remove just what a plan names, as far as it is still dead").action(
    (file: string, _: unknown, sub: Command) => runApply(file, sub.optsWithGlobals()),
  );
  add("undo <run>", "put back what a run has removed").action(
    (run: string, _: unknown, sub: Command) => runUndo(run, sub.optsWithGlobals()),
  );
  add("runs", "list the runs that can be undone").action((_: unknown, sub: Command) =>
    runList(sub.optsWithGlobals()),
  );
  add("orphans", "tell of keys that belong to no mapping")
    .option("--remove", "remove them")
    .action((_: unknown, sub: Command) => runOrphans(sub.optsWithGlobals()));
}

function reportFor({ json, dryRun }: Options, out: NodeJS.WriteStream = process.stdout): Report {
  const [isJson, isDry] = [json === true, dryRun === true];
  return createReport({ out, err: process.stderr, json: isJson, dryRun: isDry });
}

function modeOf({ dryRun }: Options): ReapMode {
  return dryRun === true ? "dry-run" : "apply";
}

/** Prints the summaries and returns the exit code of the worst. */
function finish(report: Report, summaries: readonly ReapSummary[]): number {
  for (const summary of summaries) report.summary(summary);
  report.end();
  const codes = summaries.map(exitCodeOf);
  return [130, 1, 2].find((code) => codes.includes(code)) ?? 0;
}

async function runReap(options: Options): Promise<void> {
  await inSession(options, async ({ reaper, signal }) => {
    const report = reportFor(options);
    const force = options.force === true;
    const run = { mode: modeOf(options), force, signal, events: report };
    return finish(report, await reaper.run(run));
  });
}

async function runPlan(file: string | undefined, options: Options): Promise<void> {
  await inSession(options, async ({ reaper, settings, signal }) => {
    const out = file === undefined ? process.stderr : process.stdout;
    const report = reportFor({ ...options, dryRun: true }, out);
    const lines: MappingLine[] = [];
    const mapping = (line: MappingLine) => {
      if (line.action === "would-remove") lines.push(line);
      report.mapping?.(line);
    };
    const events = { ...report, mapping };
    const summary = await reap(reaper.tools, { mode: "dry-run", signal, events });
    const text = `${JSON.stringify(planOf(summary, settings.forge.url, lines), null, 2)}\n`;
    if (summary.outcome !== "finished") return finish(report, [summary]);
    if (file === undefined) process.stdout.write(text);
    else await writeFile(file, text, { mode: 0o600 });
    return finish(report, [summary]);
  });
}

async function runApply(file: string, options: Options): Promise<void> {
  await inSession(options, async ({ reaper, settings, signal }) => {
    const plan = await readPlan(file);
    if (plan.forge !== settings.forge.url)
      throw new SetupError(`The plan goes by another forge: ${plan.forge}`);
    if (options.dryRun === true) throw new SetupError("A plan is a dry run already.");
    const report = reportFor(options);
    const force = options.force === true;
    return finish(report, [await applyPlan(plan, reaper.tools, { force, signal, events: report })]);
  });
}

async function readPlan(file: string): Promise<Plan> {
  const text = await readFile(file, "utf8").catch((failure: unknown) => {
    throw new SetupError(`The plan cannot be read: ${messageOf(failure)}`);
  });
  try {
    return parsePlan(text);
  } catch {
    throw new SetupError(`${file} is no plan of warmfront reap plan.`);
  }
}

async function runUndo(run: string, options: Options): Promise<void> {
  await inSession(options, async ({ reaper, signal }) => {
    if (!isRunId(run))
      throw new SetupError("That is not the id of a run: see warmfront reap runs.");
    const dryRun = options.dryRun === true;
    const summary = await undo(reaper.tools, run, { dryRun, signal });
    const { restored, keys, taken } = summary;
    const words = [
      `${dryRun ? "Would put back" : "Put back"} ${countOf(restored, "mapping")} with ${countOf(keys, "key")}.`,
      ...taken.map((subject) => `${subject}: left, it is somebody's again`),
    ];
    const text =
      options.json === true ? JSON.stringify({ event: "undo", ...summary }) : words.join("\n");
    process.stdout.write(`${text}\n`);
    return taken.length > 0 ? 2 : 0;
  });
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

async function runList(options: Options): Promise<void> {
  await inSession(options, async ({ reaper }) => {
    for (const run of await reaper.tools.journal.runs())
      process.stdout.write(
        `${options.json === true ? JSON.stringify({ event: "run", run }) : run}\n`,
      );
    return 0;
  });
}

async function runOrphans(options: Options & { readonly remove?: boolean }): Promise<void> {
  await inSession(options, async ({ reaper, signal }) => {
    const report = reportFor(options);
    const mode = options.remove === true ? modeOf(options) : "dry-run";
    const run = { mode, force: options.force === true, signal, events: report };
    return finish(report, [await reapOrphans(reaper.tools, run)]);
  });
}
