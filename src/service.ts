import { once } from "node:events";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { SetupError } from "./errors.ts";
import type { Logger } from "./logger.ts";

/** Ends one part of the service. The signal aborts when the time to finish is over: then cut off what still runs. */
type Close = (cutOff: AbortSignal) => unknown;

/** What the parts of a service register with while it starts. */
export interface Scope {
  /** Adds a part that must be closed; the last one is closed first. */
  onClose(part: string, close: Close): void;
  /** Ends the service because a part of it has failed for good. */
  fail(error: unknown): void;
  /** Aborted when the stop begins. */
  readonly signal: AbortSignal;
}

/** The part of `process` that a service needs. */
interface Host {
  on(event: string, listener: (argument: unknown) => void): unknown;
  off(event: string, listener: (argument: unknown) => void): unknown;
  exit(code: number): unknown;
  readonly stderr: { write(text: string): unknown };
}

interface ServiceOptions {
  /** For the log: `web`, `worker`. */
  readonly name: string;
  readonly logger: Logger;
  /** Longest that a stop takes, in milliseconds. */
  readonly drainMs: number;
  readonly start: (scope: Scope) => Promise<void>;
  /** The process itself when absent. */
  readonly host?: Host;
}

/**
 * Starts a service, runs it until a signal or a failure, and closes its parts in reverse order. Exit codes: 0 after
 * SIGTERM or SIGINT, 128 and the signal's number at the second one, that of a `SetupError`, 1 for everything else.
 * Resolves with the exit code when the host has been told to exit.
 */
export async function runService(options: ServiceOptions): Promise<number> {
  const { name, logger, drainMs, start, host = process as Host } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const parts: Part[] = [];
  let exitCode = 0;
  const fail = (error: unknown) => {
    exitCode ||= report(error, options, host);
    stopping.abort();
  };
  const interrupt = withoutEcho((which) => {
    if (signal.aborted) return host.exit(128 + constants.signals[which]);
    logger.info({ signal: which }, `Stopping ${name}`);
    return stopping.abort();
  });
  const stopListening = listen(host, { SIGTERM: interrupt, SIGINT: interrupt, ...crashes(fail) });
  const stopped = once(signal, "abort");
  const scope = {
    onClose: (part: string, close: Close) => parts.push({ part, close }),
    fail,
    signal,
  };
  // What fails because it is being closed is no failure of the start.
  start(scope).catch((error: unknown) => signal.aborted || fail(error));
  await stopped;
  if (!(await closeWithin(drainMs, parts, logger))) exitCode ||= 1;
  stopListening();
  logger.info({ exitCode }, `Stopped ${name}`);
  host.exit(exitCode);
  return exitCode;
}

type Interrupt = "SIGTERM" | "SIGINT";

/** npm passes on the Ctrl-C that the terminal has sent already: within this time one signal twice is one. */
const ECHO_MS = 100;

function withoutEcho(act: (which: Interrupt) => unknown) {
  let last: unknown;
  let lastAt = 0;
  return (which: unknown) => {
    const now = Date.now();
    const isEcho = which === last && now - lastAt < ECHO_MS;
    [last, lastAt] = [which, now];
    if (!isEcho) act(which as Interrupt);
  };
}

function crashes(fail: (error: unknown) => void) {
  return { uncaughtException: fail, unhandledRejection: fail };
}

/** Tells the person who can do something about it, and returns the exit code. */
function report(error: unknown, { name, logger }: ServiceOptions, host: Host): number {
  if (error instanceof SetupError) {
    host.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  logger.fatal({ err: error }, `${name} failed`);
  return 1;
}

function listen(host: Host, listeners: Record<string, (argument: unknown) => void>): () => void {
  for (const [event, listener] of Object.entries(listeners)) host.on(event, listener);
  return () => {
    for (const [event, listener] of Object.entries(listeners)) host.off(event, listener);
  };
}

interface Part {
  readonly part: string;
  readonly close: Close;
}

/** Share of the time after which what still runs is cut off; the rest is for the parts behind it. */
const PATIENT_SHARE = 0.8;

/** Closes the parts, the last first. False when one failed to, or the time ran out. */
async function closeWithin(drainMs: number, parts: Part[], logger: Logger): Promise<boolean> {
  const cutOff = new AbortController();
  const closed = new AbortController();
  const patience = setTimeout(() => cutOff.abort(), drainMs * PATIENT_SHARE);
  let closing: string | undefined;
  let clean = true;
  const closeAll = async () => {
    for (let next = parts.pop(); next !== undefined; next = parts.pop()) {
      closing = next.part;
      try {
        await next.close(cutOff.signal);
      } catch (error) {
        clean = false;
        logger.error({ err: error, part: closing }, "A part could not be closed");
      }
    }
    closed.abort();
  };
  const timer = sleep(drainMs, undefined, { signal: closed.signal }).then(
    () => {
      clean = false;
      logger.error({ part: closing }, "A part did not stop in time");
    },
    () => undefined,
  );
  await Promise.race([closeAll(), timer]);
  clearTimeout(patience);
  return clean;
}
