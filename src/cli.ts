#!/usr/bin/env node
/** `warmfront <command>`: results on standard output, talk on standard error, each command in a file of its own. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addConfigCommands } from "./cli/config.ts";
import { addExplainCommand } from "./cli/explain.ts";
import { addJobsCommands } from "./cli/jobs.ts";
import { addPurgeCommands } from "./cli/purge.ts";
import { addReapCommands } from "./cli/reap.ts";
import { addReportCommand } from "./cli/report.ts";
import { addSchedulesCommands } from "./cli/schedules.ts";
import { addVersionsCommand } from "./cli/versions.ts";
import { addWarmCommand } from "./cli/warm.ts";
import { EXIT_USAGE, messageOf, SetupError } from "./errors.ts";

const { version, description } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
) as { version: string; description: string };

// Before the commands, which take these settings over.
const program = new Command("warmfront")
  .description(description)
  .version(version)
  .exitOverride()
  .showHelpAfterError("Run it with --help to see what it takes.");

addConfigCommands(program);
addPurgeCommands(program);
addExplainCommand(program);
addVersionsCommand(program);
addReportCommand(program);
addReapCommands(program);
addSchedulesCommands(program);
addJobsCommands(program);
addWarmCommand(program);

// Whoever reads has enough, as `head` has; the command still does what it was asked for.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  // Commander has told its own errors already.
  if (!(error instanceof CommanderError)) process.stderr.write(`${messageOf(error)}\n`);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  return error instanceof SetupError ? error.exitCode : 1;
}
