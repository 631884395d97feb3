import type { Instant } from "../fields.ts";
import type { Logger } from "../logger.ts";
import type { Both } from "./budget-known.ts";

/** One line when a source begins to be left alone or its breaker changes, and one when that is over. A probe is no news. */
export function createBudgetLog(source: string, logger: Logger) {
  let isOpen = false;
  return (pool: string, before: Both, after: Both, now: Instant): void => {
    const { state, row, until } = after.source.breaker;
    if (state === "open" && !isOpen) {
      isOpen = true;
      const inMs = until - now;
      logger.warn({ source, failures: row, inMs }, "A source fails; it is no longer asked");
    } else if (state === "closed" && isOpen) {
      isOpen = false;
      logger.info({ source }, "A source that failed answers again");
    }
    const begins = after.pool.restUntil > now && before.pool.restUntil <= now;
    if (!begins) return;
    const inMs = after.pool.restUntil - now;
    logger.warn({ source, ...(pool !== "" && { pool }), inMs }, "A source wants to be left alone");
  };
}
