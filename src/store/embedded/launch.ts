import { readFileSync, statfsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { SetupError } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import { cannotUse, DISK_FULL, displayPath } from "./data-folder.ts";
import { type GuardedServer, readPidFile, spawnGuarded } from "./guard.ts";
import { inspectServer } from "./inspect.ts";
import { stopLeftover } from "./leftover.ts";
import type { StoreRole } from "./role.ts";

/** A large append-only file takes its time; a server that cannot start says so at once by exiting. */
const READY_LIMIT_MS = 600_000;
const TELL_AFTER_MS = 2_000;

interface Launch {
  readonly binary: string;
  readonly role: StoreRole;
  readonly log: Logger;
  /** Gives up and ends what was started. */
  readonly signal: AbortSignal;
}

/** Starts one server and waits until it takes commands. Throws a `SetupError` with what its log says. */
export async function launchServer(options: Launch): Promise<GuardedServer> {
  const { binary, role, log } = options;
  if (await stopLeftover(role.socket, role.pidFile)) {
    log.warn("Store: stopped a server left over from an earlier run.");
  }
  const { folder, pidFile, configFile } = role;
  const command = [binary, configFile];
  const server = spawnGuarded({ command, folder, pidFile });
  try {
    await untilReady(server, options);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function untilReady(server: GuardedServer, { role, log, signal }: Launch): Promise<void> {
  const startedAt = Date.now();
  let told = false;
  while (Date.now() - startedAt < READY_LIMIT_MS) {
    signal.throwIfAborted();
    if (server.hasExited()) throw didNotStart("stopped at once", server, role);
    const state = await inspectServer(role.socket);
    if (state !== undefined && !state.loading) return mustBeOurs(state.pid, role);
    if (!told && Date.now() - startedAt > TELL_AFTER_MS) {
      log.info(`Store: the ${role.name} store is reading its data.`);
      told = true;
    }
    await sleep(state === undefined ? 5 : 50);
  }
  throw didNotStart("did not become ready", server, role);
}

/** A second server on the same path silently takes the socket away from the first. */
function mustBeOurs(pid: number, role: StoreRole): void {
  const ours = readPidFile(role.pidFile);
  if (pid === ours) return;
  throw new SetupError(
    `Cannot start: ${displayPath(role.socket)} is answered by process ${pid}, which is not ours (${ours}). Stop it, or set DATA_DIR to another folder.`,
  );
}

function didNotStart(what: string, server: GuardedServer, role: StoreRole): SetupError {
  const words = server.errorOutput() || lastWords(role);
  if (isFull(role.folder, words)) return new SetupError(cannotUse(role.folder, DISK_FULL));
  return new SetupError(`Cannot start: the store ${what}. Its log says:\n${words}`);
}

/** The last lines of a server's log, and where the rest is. */
export function lastWords({ logFile }: StoreRole): string {
  let lines: string[] = [];
  try {
    lines = readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-3);
  } catch {
    // It came to its end before it could open its log.
  }
  return [...lines, displayPath(logFile)].map((line) => `  ${line}`).join("\n");
}

/** Less room than this is none: what failed to be written may be gone again by now. */
const LEAST_FREE_BYTES = 1024 * 1024;

function isFull(folder: string, words: string): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return words.includes("No space left on device") || bavail * bsize < LEAST_FREE_BYTES;
}
