/** Acts of operators on the control plane, which are recorded before they are done. */
import type { Request } from "express";
import type { Logger } from "../../logger.ts";
import { type ActFacts, createJobAudit } from "../../queues/audit.ts";
import type { RedisClient } from "../../redis/connect.ts";
import { inTime } from "./answer.ts";
import { whoOf } from "./who.ts";

/** Does what is to be done when it has been recorded; what cannot be recorded is not done. */
export type Recorded = <T>(
  req: Request,
  facts: Omit<ActFacts, "who">,
  act: () => Promise<T>,
) => Promise<T>;

/** `connection`: to the queue role. */
export function createRecorded(connection: RedisClient, logger: Logger): Recorded {
  const audit = createJobAudit(connection);
  return async (req, facts, act) => {
    const record = await inTime(audit.add({ who: whoOf(req), ...facts }));
    try {
      const done = await act();
      logger.info(record, "Done on the control plane");
      return done;
    } catch (thrown) {
      audit.fail(record).catch((err: unknown) => {
        logger.warn({ err, id: record.id }, "The audit lacks that it failed");
      });
      throw thrown;
    }
  };
}
