import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { GuardedServer } from "./guard.ts";

/** Waits before the first, second and third restart. */
const BACK_OFF_MS = [50, 500, 2_000];
/** After running this long a server starts with a clean record. */
const STEADY_MS = 60_000;

interface KeepRunning {
  readonly name: string;
  readonly log: Logger;
  readonly start: (signal: AbortSignal) => Promise<GuardedServer>;
  /** The last lines of the server's log. */
  readonly lastWords: () => string;
  /** Called once, when it has stopped too often. */
  readonly onFailure: (error: Error) => void;
}

/** Starts a server and starts it again when it stops unasked, until it has done so too often. */
export async function keepRunning(options: KeepRunning): Promise<{ stop(): Promise<void> }> {
  const { name, log, start, lastWords, onFailure } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let server = await start(signal);
  const watching = watch();
  return {
    async stop() {
      stopping.abort();
      await server.stop();
      await watching;
    },
  };

  async function watch(): Promise<void> {
    let restarts = 0;
    while (!signal.aborted) {
      const startedAt = Date.now();
      await server.exited;
      if (signal.aborted) return;
      if (Date.now() - startedAt > STEADY_MS) restarts = 0;
      restarts = await restart(restarts);
      if (server.hasExited()) return fail();
    }
    await server.stop();
  }

  /** Tries until the server runs or no try is left; resolves with the number of tries made so far. */
  async function restart(made: number): Promise<number> {
    let tries = made;
    for (const backOffMs of BACK_OFF_MS.slice(made)) {
      tries++;
      log.warn({ restart: tries }, `Store: the ${name} store stopped; starting it again.`);
      try {
        await sleep(backOffMs, undefined, { signal });
        server = await start(signal);
        return tries;
      } catch (error) {
        if (!signal.aborted) log.error(`Store: ${messageOf(error)}`);
      }
    }
    return tries;
  }

  function fail(): void {
    if (signal.aborted) return;
    onFailure(new Error(`The ${name} store stopped too often. Its log says:\n${lastWords()}`));
  }
}
