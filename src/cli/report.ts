import { type Command, InvalidArgumentError, Option } from "commander";
import { askNobody } from "../config/default-route.ts";
import { loadConfig } from "../config/load.ts";
import { EXIT_USAGE } from "../errors.ts";
import { isLogin } from "../github/login.ts";
import { waitedFor } from "../github/transport.ts";
import { createLogger } from "../logger.ts";
import { type ChosenPeriod, choosePeriod, dayOf, PERIODS } from "../reports/chosen-period.ts";
import { reportDocument } from "../reports/document.ts";
import { type Bar, createBar } from "./bar.ts";
import { EXIT_INTERRUPTED, endOnSignals } from "./ending.ts";
import { printJson, printLines } from "./printing.ts";
import { type MakeOptions, makeReport } from "./report/make.ts";
import { reportLines } from "./report/show.ts";
import { readSortKey, rowsOf, SORT_FIELDS, type SortKey } from "./report/sort.ts";

interface ReportOptions {
  readonly config?: string;
  readonly since?: string;
  readonly until?: string;
  readonly period?: string;
  readonly token?: string;
  readonly showUrls?: boolean;
  readonly showStarIncrease?: boolean;
  readonly sort?: SortKey[];
  readonly json?: boolean;
}

/** Something could not be found out. */
const EXIT_PARTIAL = 2;
const NEWEST_FIRST: SortKey = { field: "created", ascending: false };

/** `warmfront report LOGIN` */
export function addReportCommand(program: Command): void {
  const command = program
    .command("report")
    .description("what somebody contributed on GitHub: pull requests, code, languages, roles")
    .argument("<login>", "a GitHub login", readLogin)
    .option("-c, --config <file>", "the configuration to read")
    .option("--since <day>", "first day, like 2025-01-31; 365 days ago unless told")
    .option("--until <day>", "last day; today unless told")
    .addOption(
      new Option("--period <period>", "a period that ends today").choices(Object.keys(PERIODS)),
    )
    .option("--token <token>", "a token to ask with; better in GITHUB_TOKEN")
    .option("--show-urls", "the address of every pull request")
    .option("--show-star-increase", "count stars that repositories gained in the period")
    .option("--sort <field[:asc|desc]>", `${SORT_FIELDS.join(", ")}; repeatable`, collectSort)
    .option("--json", "the report as JSON")
    .addHelpText(
      "after",
      "\nExit codes: 0 made, 2 made but something is missing, 1 not made, 64 wrong call, 130 interrupted.",
    );
  command.action((login: string, options: ReportOptions) => run(command, login, options));
}

function readLogin(text: string): string {
  if (!isLogin(text)) throw new InvalidArgumentError("It is not a GitHub login.");
  return text;
}

function collectSort(text: string, before: SortKey[] = []): SortKey[] {
  const key = readSortKey(text);
  if (key !== undefined) return [...before, key];
  throw new InvalidArgumentError(
    `It must be one of ${SORT_FIELDS.join(", ")}, with :asc or :desc behind it if wanted.`,
  );
}

async function run(command: Command, login: string, options: ReportOptions): Promise<void> {
  const period = periodOf(command, options);
  const stars = options.showStarIncrease === true;
  const sort = options.sort ?? [NEWEST_FIRST];
  if (!stars && sort.some(({ field }) => field === "stars"))
    return command.error("error: --sort stars needs --show-star-increase.", {
      exitCode: EXIT_USAGE,
    });
  const config = await loadConfig({ argv: { config: options.config }, registry: askNobody });
  const logger = createLogger({ level: "silent", pretty: false });
  const bar = createBar(process.stderr);
  const ending = endOnSignals(() => bar.hide());
  const { since, until } = period;
  try {
    const report = await makeReport({
      ...{ config, login, logger, token: options.token, signal: ending.signal },
      days: { since, until },
      starIncrease: stars,
      onStep: (step, percent) => bar.show(percent, 100, step),
      onWait: createTellWait(bar),
    });
    bar.hide();
    if (options.json === true) printJson(reportDocument(report));
    else
      printLines(
        reportLines(report, rowsOf(report, sort), { stars, urls: options.showUrls === true }),
      );
    if (!report.coverage.complete) process.exitCode = EXIT_PARTIAL;
  } catch (thrown) {
    bar.hide();
    if (!ending.signal.aborted) throw thrown;
    process.exitCode = EXIT_INTERRUPTED;
  } finally {
    ending.release();
  }
}

/** A wait may last an hour: it is told also where there is no bar. */
function createTellWait(bar: Bar): MakeOptions["onWait"] {
  let told = "";
  return (wait) => {
    const text = `Waiting for ${waitedFor(wait)}, until ${new Date(wait.until).toLocaleTimeString()}`;
    bar.show(0, 100, text);
    if (process.stderr.isTTY !== true && text !== told) process.stderr.write(`${text}\n`);
    told = text;
  };
}

function periodOf(command: Command, { since, until, period }: ReportOptions): ChosenPeriod {
  const isBoth = period !== undefined && (since ?? until) !== undefined;
  const chosen = isBoth
    ? { fault: "--period goes without --since and --until." }
    : choosePeriod({ period, since: since ?? (until && yearBefore(until)), until }, Date.now());
  if ("fault" in chosen) command.error(`error: ${chosen.fault}`, { exitCode: EXIT_USAGE });
  return chosen as ChosenPeriod;
}

function yearBefore(day: string): string {
  const at = Date.parse(day);
  return Number.isNaN(at) ? day : dayOf(at - 365 * 86_400_000);
}
