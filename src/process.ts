/** What every process does first: read the configuration, make a logger, and run until a signal. */
import { parseArgs } from "node:util";
import type { Config } from "./config/config.ts";
import { loadConfig } from "./config/load.ts";
import { EXIT_CONFIG, messageOf, SetupError } from "./errors.ts";
import { createLogger, type Logger } from "./logger.ts";
import { runService, type Scope } from "./service.ts";

/** What a process starts with. */
export interface Start {
  readonly config: Config;
  readonly logger: Logger;
  readonly scope: Scope;
  /** Reads the configuration again, from where it was read. Rejects with a `SetupError` when it has faults. */
  readonly reload: () => Promise<Config>;
}

/** Runs a process named `name` and ends it with the right exit code. `--config FILE` is the one option. */
export async function runProcess(
  name: string,
  start: (parts: Start) => Promise<void>,
): Promise<void> {
  const config = await configOrExit();
  if (config === undefined) return;
  const logger = createLogger({ level: config.log.level, pretty: process.stdout.isTTY === true });
  await runService({
    name,
    logger,
    drainMs: config.drainMs,
    start: (scope) => start({ config, logger, scope, reload }),
  });
}

function reload(): Promise<Config> {
  const { values } = parseArgs({ options: { config: { type: "string", short: "c" } } });
  // biome-ignore lint/style/noProcessEnv: this is where the environment enters.
  return loadConfig({ argv: values, env: process.env, cwd: process.cwd() });
}

async function configOrExit(): Promise<Config | undefined> {
  try {
    return await reload();
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = error instanceof SetupError ? error.exitCode : EXIT_CONFIG;
    return undefined;
  }
}
