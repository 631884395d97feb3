/** Asking for a report: one job per report at a time, and one at a time for each user, in order. */
import { createHash } from "node:crypto";
import { Job, Queue } from "bullmq";
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { RedisClient } from "../redis/connect.ts";
import { queuePrefix } from "../redis/keys.ts";
import { createCancelKey } from "./cancel-key.ts";
import { JOBS, type JobPayloads, readPayload } from "./jobs.ts";
import { type Cancelled, createLanes, type LaneLimits, type Lanes, parkingTime } from "./lane.ts";
import { EnqueueError } from "./refresh.ts";
import { within } from "./within.ts";

type Payload = JobPayloads["report"];

export interface EnqueuedReport {
  /** Of the job; cannot be guessed. */
  readonly id: string;
  /** Whether the same report was queued or running already. */
  readonly joined: boolean;
  /** How many reports about the same user must end before this one may run. */
  readonly position: number;
  /** Proves that its holder made the job, and may cancel it; only whoever made it gets it. */
  readonly cancelKey?: string;
}

/** Too many reports about this user wait already. */
export interface LaneFull {
  readonly refused: "lane-full";
  /** Reports about the user that are queued or running. */
  readonly there: number;
  readonly most: number;
}

export interface ReportQueue {
  /** Rejects with `EnqueueError` within the limit when Redis does not take the job, and with `PayloadError`. */
  enqueue(payload: Payload): Promise<EnqueuedReport | LaneFull>;
  /** The id of the job for the same report that is queued or running. */
  find(payload: Payload): Promise<string | undefined>;
  /** As in `EnqueuedReport`; undefined when the job is neither queued nor running. */
  position(id: string): Promise<number | undefined>;
  /** Makes the job fail as cancelled wherever it is; resolves before it has. `ended`: it had ended before. */
  cancel(id: string): Promise<Cancelled>;
  /** Leaves the connection open. */
  close(): Promise<void>;
}

export interface ReportQueueOptions {
  /** An impatient connection: commands fail while Redis is away instead of waiting for it. */
  readonly connection: RedisClient;
  readonly logger: Logger;
  readonly limits: LaneLimits;
  /** Longest that asking for a report takes. */
  readonly limitMs?: number;
}

/** The lane of a payload: GitHub does not tell logins by case. */
export function reportLane({ login }: Pick<Payload, "login">): string {
  return login.toLowerCase();
}

export function createReportQueue(options: ReportQueueOptions): ReportQueue {
  const { connection, logger, limits, limitMs = 2_000 } = options;
  const queue = openQueue(connection, logger);
  const lanes = createLanes(queue, connection, limits);
  const laneOf = async (id: string) => {
    const job: Job | undefined = await queue.getJob(id);
    return job === undefined ? undefined : reportLane(readPayload("report", job.data));
  };
  return {
    async enqueue(data) {
      const payload = readPayload("report", data);
      if (connection.status !== "ready") throw new EnqueueError("The queue's Redis is away.");
      const enqueued = await within(limitMs, enqueue(queue, lanes, limits, payload)).catch(
        (cause) => {
          throw new EnqueueError(`The job was not added: ${messageOf(cause)}`, { cause });
        },
      );
      if (enqueued === undefined)
        throw new EnqueueError("The job was not added: Redis did not answer in time.");
      return enqueued;
    },
    find: async (payload) =>
      (await queue.getDeduplicationJobId(deduplicationId(payload))) ?? undefined,
    async position(id) {
      const lane = await laneOf(id);
      return lane === undefined ? undefined : lanes.position(lane, id);
    },
    async cancel(id) {
      const lane = await laneOf(id);
      return lane === undefined ? "unknown" : lanes.cancel(lane, id);
    },
    close: () => queue.close(),
  };
}

/** How often a job that others took away meanwhile is added anew. */
const TRIES = 3;

/** First the job, then its ticket: a job that gets none draws it when it wakes, or when somebody asks again. */
async function enqueue(
  queue: Queue,
  lanes: Lanes,
  limits: LaneLimits,
  payload: Payload,
): Promise<EnqueuedReport | LaneFull> {
  await queue.waitUntilReady();
  for (let tries = 1; tries <= TRIES; tries++) {
    const { id: mine, key } = createCancelKey();
    const deduplication = { id: deduplicationId(payload) };
    const options = { ...queue.jobsOpts, deduplication, delay: parkingTime() };
    const job = new Job(queue, "report", payload, options, mine);
    const lane = reportLane(payload);
    const { id, place } = await lanes.add(lane, job);
    const joined = id !== mine;
    if (place.state === "full") {
      // Whoever cannot remove it leaves it to fail as cancelled; with it goes the wish to cancel it.
      await queue
        .remove(id)
        .then(() => lanes.wake(lane, id))
        .catch(() => undefined);
      return {
        refused: "lane-full",
        there: place.there,
        most: limits.concurrency + limits.waiting,
      };
    }
    if (place.state === "in") {
      const { position } = place;
      return { id, joined, position, ...(!joined && { cancelKey: key }) };
    }
    if (place.state === "ended") return { id, joined, position: 0 };
  }
  throw new Error("It was removed as soon as it was added.");
}

/** What two jobs for the same report have in common. */
function deduplicationId({ login, since, until, starIncrease }: Payload): string {
  const parts = [reportLane({ login }), since, until, starIncrease];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}

function openQueue(connection: RedisClient, logger: Logger): Queue {
  const spec = JOBS.report;
  const queue = new Queue("report", {
    connection,
    prefix: queuePrefix("report"),
    // Its outcome is kept for good, so one that fails on a shaky connection would never be mended.
    skipVersionCheck: true,
    defaultJobOptions: {
      attempts: spec.attempts,
      backoff: { type: "exponential", delay: spec.backoffMs, jitter: spec.jitter },
      removeOnComplete: retention(spec.keepCompleted),
      removeOnFail: retention(spec.keepFailed),
      keepLogs: spec.logLines,
      stackTraceLimit: 3,
    },
  });
  queue.on("error", (err) => logger.debug({ err, queue: "report" }, "The queue has a fault"));
  return queue;
}

function retention({ ageMs, count }: { ageMs: number; count: number }) {
  return { age: ageMs / 1_000, count };
}
