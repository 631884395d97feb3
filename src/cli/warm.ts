import type { Command } from "commander";
import { EXIT_USAGE } from "../errors.ts";
import { readBeats } from "../queues/beats.ts";
import { openQueues } from "../queues/open.ts";
import { createRefreshQueue } from "../queues/refresh.ts";
import { EXIT_INTERRUPTED, endOnSignals } from "./ending.ts";
import { collectOption, countUpTo } from "./options.ts";
import { type QueueRole, withQueueRole } from "./queue-role.ts";
import { createWarmReport, type WarmReport } from "./warm/report.ts";
import { runWarm } from "./warm/run.ts";
import { collectUrls } from "./warm/urls.ts";
import { createWanted, type Wanted } from "./warm/wanted.ts";

interface WarmOptions {
  readonly config?: string;
  readonly file?: string[];
  readonly sitemap?: string[];
  readonly accessLog?: string[];
  readonly top: number;
  readonly limit: number;
  readonly wait: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const MOST_URLS = 10_000_000;

/** `warmfront warm [url…]` */
export function addWarmCommand(program: Command): void {
  const command = program
    .command("warm")
    .description("have responses in store before clients ask for them")
    .argument("[url...]", "paths with query, or URLs whose path and query count")
    .option("-c, --config <file>", "the configuration to read")
    .option("-f, --file <file>", "one URL a line; - is standard input; repeatable", collectOption)
    .option("--sitemap <file-or-url>", "a sitemap or an index of them; repeatable", collectOption)
    .option(
      "--access-log <file>",
      "what was asked most, of a log in the common or combined format; repeatable",
      collectOption,
    )
    .option("--top <number>", "how many of each access log", countUpTo(MOST_URLS), 100)
    .option("--limit <number>", "most URLs in all", countUpTo(MOST_URLS), 10_000)
    .option("--no-wait", "enqueue the jobs and leave them to the workers")
    .option("--dry-run", "ask for nothing, only tell what would be asked for")
    .option("--json", "one JSON object a line instead of text");
  command.action((urls: string[], options: WarmOptions) => run(command, urls, options));
}

async function run(command: Command, urls: string[], options: WarmOptions): Promise<void> {
  const { file: files = [], sitemap: sitemaps = [], accessLog: accessLogs = [] } = options;
  const isNothing = [urls, files, sitemaps, accessLogs].every((list) => list.length === 0);
  if (isNothing && process.stdin.isTTY === true)
    return command.error("Name URLs, or give --file, --sitemap or --access-log.", {
      exitCode: EXIT_USAGE,
    });
  const report = createWarmReport(process.stdout, process.stderr, options.json === true);
  const ending = endOnSignals(() => report.say("Taking back what has not begun."));
  const { top, limit } = options;
  const sources = { urls, files: isNothing ? ["-"] : files, sitemaps, accessLogs, top };
  try {
    await withQueueRole(options, async (role) => {
      const found = await collectUrls(sources, limit, ending.signal, report.say);
      const wanted = found.map(createWanted(role.config.routes));
      report.begin(wanted.length);
      if (options.dryRun === true) preview(wanted, report);
      else await warmUp(role, wanted, options, ending.signal, report);
    });
  } finally {
    ending.release();
    report.end();
  }
  if (ending.signal.aborted) process.exitCode = EXIT_INTERRUPTED;
  else if (report.failures() > 0) process.exitCode = 1;
}

function preview(wanted: readonly Wanted[], report: WarmReport): void {
  for (const one of wanted)
    report.result(
      "skipped" in one
        ? { url: one.url, outcome: "skipped", detail: one.skipped }
        : { url: one.url, outcome: "would-warm", detail: one.route },
    );
}

async function warmUp(
  { config, connection, logger }: QueueRole,
  wanted: readonly Wanted[],
  { wait }: WarmOptions,
  signal: AbortSignal,
  report: WarmReport,
): Promise<void> {
  if (wait && (await readBeats(connection)).length === 0)
    throw new Error("No worker process is there to do it. --no-wait leaves it to the next one.");
  const { attempts, backoffMs } = config.refresh;
  const limits = { attempts, backoffMs, limitMs: 5_000, rememberMs: 0 };
  const queue = createRefreshQueue({ connection, logger, ...limits });
  const queues = openQueues({ connection, logger });
  const jobs = queues.queues.find((open) => open.queue.name === "refresh")?.queue;
  try {
    if (jobs === undefined) throw new Error("There is no queue for refreshes.");
    await runWarm({ queue, jobs, wait, signal, onResult: report.result }, wanted);
  } finally {
    await Promise.all([queue.close(), queues.close()]);
  }
}
