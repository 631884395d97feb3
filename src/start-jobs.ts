/** The part of a web process that tells clients of jobs. */
import type { RequestHandler } from "express";
import { createJobs } from "./http/jobs.ts";
import { type AnswerAccepted, createAnswerAccepted } from "./http/jobs-accepted.ts";
import { createRooms } from "./http/jobs-rooms.ts";
import { resultPath } from "./http/reports/stored.ts";
import type { Start } from "./process.ts";
import type { JobPayloads } from "./queues/jobs.ts";
import { createReportQueue, type ReportQueue } from "./queues/report.ts";
import { createJobWatcher, type JobWatcher } from "./queues/watch.ts";
import { connectForWorkers, type RedisClient } from "./redis/connect.ts";
import type { StoreTargets } from "./stores.ts";

export interface JobParts {
  readonly reports: ReportQueue;
  readonly watcher: JobWatcher;
  /** `/jobs/{id}`, for the mounts of the data plane. */
  readonly mount: RequestHandler;
  /** For whatever puts work on a queue. */
  readonly answerAccepted: AnswerAccepted;
}

/** `connection`: an impatient one to the queue role. */
export function openJobs(
  { config, logger, scope }: Start,
  targets: Pick<StoreTargets, "queue">,
  connection: RedisClient,
): JobParts {
  const reports = createReportQueue({ connection, logger, limits: config.report.lanes });
  scope.onClose("report queue", () => reports.close());
  const watcher = createJobWatcher({
    connection,
    patient: () => {
      const client = connectForWorkers(targets.queue, { role: "queue", logger });
      scope.onClose("connection of the job events", () => client.disconnect());
      return client;
    },
    logger,
    lore: {
      position: async (queue, id) => (queue === "report" ? reports.position(id) : undefined),
      resultUrl: (queue, payload) =>
        queue === "report" && config.site !== undefined
          ? resultPath(payload as JobPayloads["report"], Date.now())
          : undefined,
    },
  });
  scope.onClose("job watcher", () => watcher.close());
  const common = { watcher, rooms: createRooms(config.jobs), stopping: scope.signal };
  return {
    reports,
    watcher,
    mount: createJobs({
      ...common,
      // Whoever asked for a report got its id; refreshes and reaps are nobody's but the operators'.
      queues: ["report"],
      cancel: (_queue, id) => reports.cancel(id),
      passOn: config.routes.some(({ path }) => path.startsWith("/jobs/")),
    }),
    answerAccepted: createAnswerAccepted({ ...common, longestWaitMs: config.jobs.longestWaitMs }),
  };
}
