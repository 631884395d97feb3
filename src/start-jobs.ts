/** The part of a web process that tells clients of jobs. */
import type { RequestHandler } from "express";
import { createJobs, type JobsOptions } from "./http/jobs.ts";
import { type AnswerAccepted, createAnswerAccepted } from "./http/jobs-accepted.ts";
import { createRooms } from "./http/jobs-rooms.ts";
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

export interface JobSeams {
  /** Path of the data plane at which a report is. */
  readonly reportUrl?: (payload: JobPayloads["report"]) => string;
  /** Who may cancel a job beside whoever made it. */
  readonly mayCancel?: JobsOptions["mayCancel"];
}

/** `connection`: an impatient one to the queue role. */
export function openJobs(
  { config, logger, scope }: Start,
  targets: Pick<StoreTargets, "queue">,
  connection: RedisClient,
  { reportUrl, mayCancel }: JobSeams = {},
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
        queue === "report" ? reportUrl?.(payload as JobPayloads["report"]) : undefined,
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
      ...(mayCancel !== undefined && { mayCancel }),
      passOn: config.routes.some(({ path }) => path.startsWith("/jobs/")),
    }),
    answerAccepted: createAnswerAccepted({ ...common, longestWaitMs: config.jobs.longestWaitMs }),
  };
}
