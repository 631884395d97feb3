/** Around a reap command: settings read, connections opened and closed, signals turned into an orderly end. */
import {
  type ReapCommand,
  type ReapCommandOptions,
  readReapCommand,
} from "../../config/reap-command.ts";
import { EXIT_USAGE, messageOf, SetupError } from "../../errors.ts";
import { createLogger } from "../../logger.ts";
import type { Journal } from "../../mappings/journal.ts";
import { createFileJournal } from "../../mappings/journal-file.ts";
import { createRedisJournal } from "../../mappings/journal-redis.ts";
import { printable } from "../../mappings/printable.ts";
import { openReaper, type Reaper } from "../../mappings/reaper.ts";
import { exitCodeOf, RunStopped } from "../../mappings/summary.ts";
import { connectForRequests, whenReady } from "../../redis/connect.ts";

export interface Session {
  readonly reaper: Reaper;
  readonly settings: ReapCommand["settings"];
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/** Runs a command and sets the exit code: what `work` resolves with, 1 when something breaks, 64 when it was called wrongly. */
export async function inSession(
  options: ReapCommandOptions,
  work: (session: Session) => Promise<number>,
): Promise<void> {
  hideSecrets(options);
  const closers: (() => unknown)[] = [];
  try {
    // biome-ignore lint/style/noProcessEnv: this is where the environment enters.
    const command = await readReapCommand(options, process.env, process.cwd());
    const journal = await openJournal(command, closers);
    const reaper = openReaper(command.settings, journal, silentLogger());
    closers.push(reaper.close);
    const failure = await reaper.ready();
    if (failure !== undefined)
      throw new RunStopped(
        `The pages Redis cannot be reached: ${failure}. REDIS_HOST and REDIS_PORT, or PAGES_REDIS_URL, say where it is.`,
      );
    const signal = listenForSignals(closers);
    process.exitCode = await work({ reaper, settings: command.settings, signal });
  } catch (thrown) {
    process.stderr.write(
      `${thrown instanceof SetupError ? thrown.message : printable(messageOf(thrown))}\n`,
    );
    process.exitCode = thrown instanceof SetupError ? EXIT_USAGE : 1;
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

/** Other users see command lines; they do not see this process's title once it is set. */
function hideSecrets({ redisPassword, forgejoToken }: ReapCommandOptions): void {
  if ((redisPassword ?? forgejoToken) === undefined) return;
  process.title = "warmfront reap";
  process.stderr.write(
    "A secret on the command line can be seen by others: use REDIS_PASSWORD, FORGEJO_TOKEN, or the variables with _FILE.\n",
  );
}

function silentLogger() {
  return createLogger({ level: "silent", pretty: false });
}

const COMMAND_MS = 10_000;
const READY_MS = 3_000;

async function openJournal(
  { records, settings }: ReapCommand,
  closers: (() => unknown)[],
): Promise<Journal> {
  if ("folder" in records) return createFileJournal(records.folder);
  const client = connectForRequests(records.redis, {
    role: "queue",
    budgetMs: COMMAND_MS,
    logger: silentLogger(),
  });
  closers.push(() => client.disconnect());
  if (!(await whenReady(client, READY_MS)))
    throw new RunStopped("The queue Redis, which holds the records, cannot be reached.");
  return createRedisJournal(client, settings.keepRecordsMs);
}

/** The first signal ends the run after what has begun, the second ends the process. */
function listenForSignals(closers: (() => unknown)[]): AbortSignal {
  const ending = new AbortController();
  const interrupt = () => {
    if (ending.signal.aborted) process.exit(exitCodeOf({ outcome: "interrupted", errors: {} }));
    process.stderr.write("Ending after what has begun.\n");
    ending.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  closers.push(() => process.off("SIGINT", interrupt).off("SIGTERM", interrupt));
  return ending.signal;
}
