/** Opens the list of purges in the durable role. */
import { createPurgeLog, type PurgeLog } from "./cache/purge/log.ts";
import type { RedisTarget } from "./config/config.ts";
import type { Logger } from "./logger.ts";
import type { Start } from "./process.ts";
import { within } from "./queues/within.ts";
import { connectForRequests, connectForWorkers } from "./redis/connect.ts";
import type { Flights } from "./store/flight.ts";

/** Longest that a purge waits to be taken. */
const BUDGET_MS = 1_000;
/** Longest that a start waits for the purges that were made before it. */
const KNOWN_MS = 2_000;

export async function openPurges(
  { scope, logger }: Pick<Start, "scope" | "logger">,
  target: RedisTarget,
  flights: Flights,
): Promise<PurgeLog> {
  const writer = connectForRequests(target, { role: "queue", budgetMs: BUDGET_MS, logger });
  const reader = connectForWorkers(target, { role: "queue", logger });
  const log = createPurgeLog({ writer, reader, logger });
  scope.onClose("purges", () => {
    log.close();
    writer.disconnect();
  });
  await learnPurges(log, flights, logger);
  return log;
}

/**
 * What was fetched before a start that does not get to know the purges counts as softly purged until it does: it is asked for again, and
 * stands in where its source fails.
 */
async function learnPurges(
  { known, markers }: PurgeLog,
  flights: Flights,
  logger: Logger,
): Promise<void> {
  const isKnown = known.then(() => true);
  if (await within(KNOWN_MS, isKnown)) return;
  logger.warn("Purges cannot be read; what is stored is asked for again until they can");
  const { fence } = await flights.alone();
  markers.assume({ scope: { kind: "all" }, fence, at: Date.now(), soft: true });
  void known.then(() => markers.assume(undefined));
}
