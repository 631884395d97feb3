/** The fleet's schedules, set by every worker process when it starts. */
import type { Start } from "./process.ts";
import { schedulesOf } from "./queues/schedule-table.ts";
import { upsertSchedules } from "./queues/schedules.ts";
import type { RedisClient } from "./redis/connect.ts";

/** Does not wait: a worker starts also while Redis is away. `connection` is a patient one to the queue role. */
export function startSchedules({ config, scope, logger }: Start, connection: RedisClient): void {
  const tools = { connection, logger: logger.child({ part: "schedules" }) };
  upsertSchedules(tools, schedulesOf(config)).catch((error: unknown) => {
    if (!scope.signal.aborted) scope.fail(error);
  });
}
