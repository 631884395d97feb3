/** The reaper's part of a worker process. */
import { join } from "node:path";
import type { ReapSettings } from "./config/reap.ts";
import type { Journal } from "./mappings/journal.ts";
import { createFileJournal } from "./mappings/journal-file.ts";
import { createRedisJournal } from "./mappings/journal-redis.ts";
import { openReaper } from "./mappings/reaper.ts";
import type { Start } from "./process.ts";
import { connectForRequests } from "./redis/connect.ts";
import type { Budgets } from "./sources/budget.ts";
import type { KeepWorker } from "./start-kept.ts";
import { createReapWorker } from "./workers/reap.ts";

/** Longest that one command of the records may take. */
const RECORD_MS = 10_000;

/** Runs reap jobs. */
export function startReaping(
  start: Start,
  settings: ReapSettings,
  budgets: Budgets,
  keep: KeepWorker,
): void {
  const { scope } = start;
  const logger = start.logger.child({ part: "reaper" });
  const reaper = openReaper(settings, openJournal(start, settings), logger, budgets);
  scope.onClose("reaper", () => reaper.close());
  const { mode } = settings;
  keep("reap", (connection) => createReapWorker({ connection, reaper, mode, logger }));
}

/** Where the command line looks for it too: in the queue role when one is configured, else below the data folder. */
function openJournal({ config, scope, logger }: Start, { keepRecordsMs }: ReapSettings): Journal {
  const { queue } = config.redis;
  if (queue === undefined) return createFileJournal(join(config.dataDir, "reap"));
  const client = connectForRequests(queue, { role: "queue", budgetMs: RECORD_MS, logger });
  scope.onClose("connection of the reaper's records", () => client.disconnect());
  return createRedisJournal(client, keepRecordsMs);
}
