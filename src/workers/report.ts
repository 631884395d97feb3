/** The worker of reports: one report at a time for each user, however many workers there are. */
import type { JobOutcomes, JobPayloads } from "../queues/jobs.ts";
import { JOBS, readPayload } from "../queues/jobs.ts";
import type { LaneLimits } from "../queues/lane.ts";
import { reportLane } from "../queues/report.ts";
import { NeverRetry, RetryAt } from "../queues/retry.ts";
import type { RedisClient } from "../redis/connect.ts";
import { isKept } from "../redis/fence.ts";
import type { JobContext } from "./context.ts";
import { createLaneGate, type LaneGate, type LaneTiming } from "./laned.ts";
import { type StartedWorker, startWorker, type Timing, type WorkerOptions } from "./worker.ts";

export interface ReportWorkerOptions
  extends Omit<WorkerOptions<"report">, "queue" | "gate" | "timing"> {
  /**
   * The report itself. It tells its first step at once: until then the progress of its job says where it stood in the queue.
   * Results are written with `context.fence`, so that only the owner of the job writes, and once.
   */
  readonly run: (
    payload: JobPayloads["report"],
    context: JobContext,
  ) => Promise<JobOutcomes["report"]>;
  readonly limits: LaneLimits;
  /** Longest that one run takes before its signal aborts and the job fails, in milliseconds. */
  readonly timeoutMs: number;
  readonly timing?: Partial<Timing & LaneTiming>;
}

/** How often a job may be lost besides, without having run. */
const LOST_ON_THE_WAY = 10;

export function startReportWorker(options: ReportWorkerOptions): StartedWorker {
  const { connection, limits, logger, timing = {}, run, timeoutMs } = options;
  const laneOf = (data: unknown) => reportLane(readPayload("report", data));
  const { maxStalledCount } = { ...JOBS.report, ...timing };
  const gates: LaneGate[] = [];
  const worker = startWorker({
    ...options,
    queue: "report",
    // Lanes judge who was lost too often; BullMQ only if they cannot.
    timing: { ...timing, maxStalledCount: maxStalledCount + LOST_ON_THE_WAY },
    run: withProof(connection, withTimeout(run, timeoutMs)),
    gate: (bull) => {
      const gate = createLaneGate(bull, { connection, limits, laneOf, logger, timing });
      gates.push(gate);
      return gate;
    },
  });
  return {
    fetching: () => worker.fetching(),
    async close(cutOff) {
      await worker.close(cutOff);
      await Promise.all(gates.map((gate) => gate.close()));
    },
  };
}

/** Nobody may be told that a report is there when Redis lost it between writing and telling: it is made again. */
function withProof(connection: RedisClient, run: ReportWorkerOptions["run"]): typeof run {
  return async (payload, context) => {
    const outcome = await run(payload, context);
    if (await isKept(connection, context.fence)) return outcome;
    throw new RetryAt(Date.now(), "Redis has lost the report.");
  };
}

/** A report that took too long once is not tried again: it would hold up the user's other reports as long. */
function withTimeout(run: ReportWorkerOptions["run"], timeoutMs: number): typeof run {
  return async (payload, context) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([context.signal, timeout]);
    try {
      return await run(payload, { ...context, signal });
    } catch (thrown) {
      if (!timeout.aborted || context.signal.aborted) throw thrown;
      throw new NeverRetry(`The report took longer than ${Math.round(timeoutMs / 1_000)} s.`);
    }
  };
}
