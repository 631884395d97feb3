import { setTimeout as sleep } from "node:timers/promises";
import { SetupError } from "../../errors.ts";
import { readPidFile } from "./guard.ts";
import { inspectServer, shutDownServer } from "./inspect.ts";
import { identityOf, titleOf } from "./process.ts";

const PATIENCE_MS = 10_000;

/**
 * Ends a server that outlived both its owner and its guard, so that none is started beside it.
 * Resolves with whether there was one.
 */
export async function stopLeftover(socket: string, pidFile: string): Promise<boolean> {
  const pid = (await inspectServer(socket))?.pid ?? pidOfTitled(socket, pidFile);
  if (pid === undefined) return false;
  const identity = identityOf(pid);
  await shutDownServer(socket);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    send(pid, signal, identity);
    if (await isGone(pid, identity)) return true;
  }
  throw new SetupError(`Cannot start: a left-over store (process ${pid}) does not stop.`);
}

/** The process of the pid file, if its title names our socket: by now the number may be somebody else's Redis. */
function pidOfTitled(socket: string, pidFile: string): number | undefined {
  const pid = readPidFile(pidFile);
  return pid !== undefined && titleOf(pid).includes(socket) ? pid : undefined;
}

function send(pid: number, signal: NodeJS.Signals, identity: string | undefined): void {
  if (identityOf(pid) !== identity) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It left in the meantime.
  }
}

async function isGone(pid: number, identity: string | undefined): Promise<boolean> {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    const now = identityOf(pid);
    if (now === undefined || now !== identity) return true;
    await sleep(10);
  }
  return false;
}
