import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { whenReady } from "./connect.ts";
import { checkRoles, type RoleClients, type RoleFinding } from "./roles.ts";

export interface WatchRolesOptions extends RoleClients {
  readonly logger: Logger;
  /** Pause between checks, in milliseconds; a minute when absent. */
  readonly everyMs?: number;
}

export interface RoleWatch {
  /** What the last check that was answered found. */
  readonly findings: readonly RoleFinding[];
  /** Checks now. Never rejects: a server that does not answer is somebody else's news. */
  check(): Promise<void>;
  close(): void;
}

/** How long a check waits for connections that are being made. */
const PATIENCE_MS = 10_000;

/** Checks at once and then every minute, and logs what is new. */
export function watchRoles({
  queue,
  cache,
  logger,
  everyMs = 60_000,
}: WatchRolesOptions): RoleWatch {
  let findings: readonly RoleFinding[] = [];
  const check = async () => {
    try {
      const ready = await Promise.all(
        [queue, cache].map((client) => whenReady(client, PATIENCE_MS)),
      );
      if (ready.includes(false)) return;
      const found = await checkRoles({ queue, cache });
      logNews(logger, findings, found);
      findings = found;
    } catch (failure) {
      logger.debug({ reason: messageOf(failure) }, "The stores' memory policies were not checked.");
    }
  };
  const timer = setInterval(() => void check(), everyMs);
  timer.unref();
  void check();
  return {
    get findings() {
      return findings;
    },
    check,
    close: () => clearInterval(timer),
  };
}

function logNews(
  logger: Logger,
  before: readonly RoleFinding[],
  now: readonly RoleFinding[],
): void {
  for (const { role, level, policy, message } of now) {
    if (before.some((old) => old.message === message)) continue;
    logger[level]({ role, policy }, message);
  }
  for (const { role, level, message } of before) {
    if (level === "info" || now.some((one) => one.message === message)) continue;
    logger.info({ role }, `The ${role} store's memory policy has been changed.`);
  }
}
