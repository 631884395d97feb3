import type { Command } from "commander";
import { closest } from "../config/hints.ts";
import { EXIT_USAGE } from "../errors.ts";
import { listSchedules, runSchedule, type ScheduleFacts } from "../queues/list-schedules.ts";
import { isoTime, printJson, printLines, table } from "./printing.ts";
import { withQueues } from "./queue-role.ts";

interface SchedulesOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** `warmfront schedules`, `warmfront schedules run NAME` */
export function addSchedulesCommands(program: Command): void {
  const command = program
    .command("schedules")
    .description("what runs by the clock: when next, and how it went last")
    .configureHelp({ showGlobalOptions: true })
    .option("-c, --config <file>", "the configuration to read")
    .option("--json", "JSON instead of text")
    .action((options: SchedulesOptions) => runList(options));
  command
    .command("run <name>")
    .description("run one now, out of turn")
    .configureHelp({ showGlobalOptions: true })
    .action((name: string, _: unknown, run: Command) =>
      runNow(run, name, run.optsWithGlobals<SchedulesOptions>()),
    );
}

async function runList(options: SchedulesOptions): Promise<void> {
  const listed = await withQueues(options, listSchedules);
  if (options.json === true) return printJson(listed.map(jsonOf));
  if (listed.length === 0) return printLines(["Nothing is scheduled."]);
  const heading = ["NAME", "STATE", "WHEN", "NEXT", "LAST"];
  printLines(table([heading, ...listed.map(rowOf)]));
}

async function runNow(command: Command, name: string, options: SchedulesOptions): Promise<void> {
  const [started, names] = await withQueues(options, async (queues) => {
    const run = await runSchedule(queues, name);
    return [run, run === undefined ? (await listSchedules(queues)).map(nameOf) : []] as const;
  });
  if (started === undefined) {
    const hint = names.length === 0 ? "nothing is scheduled" : closest(name, names);
    return command.error(`No schedule is called ${name}: ${hint}`, { exitCode: EXIT_USAGE });
  }
  if (options.json === true) return printJson(started);
  const { job, joined } = started;
  printLines([
    joined ? `A run is under way or waiting already: job ${job}` : `Added as job ${job}`,
  ]);
}

function nameOf({ name }: ScheduleFacts): string {
  return name;
}

/** Instants as people write them. */
function jsonOf({ nextAt, last, lastSuccessAt, ...facts }: ScheduleFacts) {
  const { startedAt, endedAt, ...run } = last ?? {};
  return {
    ...facts,
    ...(nextAt !== undefined && { nextAt: isoTime(nextAt) }),
    ...(last && { last: { ...run, startedAt: isoTime(startedAt), endedAt: isoTime(endedAt) } }),
    ...(lastSuccessAt !== undefined && { lastSuccessAt: isoTime(lastSuccessAt) }),
  };
}

function rowOf({ name, state, nextAt, last, ...when }: ScheduleFacts): string[] {
  const { pattern, timeZone, everyMs } = when;
  const timing =
    pattern === undefined ? `every ${(everyMs ?? 0) / 1_000} s` : `${pattern} ${timeZone ?? ""}`;
  const failure = last?.failure === undefined ? "" : `: ${last.failure}`;
  const ended = last && `${last.outcome} ${isoTime(last.endedAt)}${failure}`;
  return [name, state, timing, isoTime(nextAt), ended ?? "-"];
}
