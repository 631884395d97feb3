/** The work of a reap job: one run, told as it goes. */
import type { Reaper } from "../mappings/reaper.ts";
import type { MappingLine, ReapSummary } from "../mappings/summary.ts";
import { addReapTotals } from "../queues/reap-totals.ts";
import { NeverRetry, RetryAt } from "../queues/retry.ts";
import { type StartedWorker, startWorker, type WorkerOptions } from "./worker.ts";

type ReapRun = WorkerOptions<"reap">["run"];

export interface ReapWorkerOptions
  extends Omit<WorkerOptions<"reap">, "queue" | "run" | "concurrency"> {
  readonly reaper: Pick<Reaper, "ready" | "run">;
  /** `dry-run`: nothing is removed, whatever a job says. */
  readonly mode: "dry-run" | "apply";
}

export function createReapWorker({ reaper, mode, ...options }: ReapWorkerOptions): StartedWorker {
  const { connection, logger } = options;
  const count = (runs: readonly ReapSummary[]) =>
    addReapTotals(connection, runs, Date.now()).catch((err: unknown) => {
      logger.debug({ err }, "A run of the reaper was not counted");
    });
  const run = createRun(reaper, mode, count);
  return startWorker({ ...options, queue: "reap", concurrency: 1, run });
}

/** As long as the lock of a run that was killed holds. */
const BUSY_MS = 60_000;

/** Fails for good when something spoke against removing, and is tried again when something broke or another run is under way. */
function createRun(
  reaper: ReapWorkerOptions["reaper"],
  mode: "dry-run" | "apply",
  count: (runs: readonly ReapSummary[]) => Promise<void>,
): ReapRun {
  return async ({ dryRun }, context) => {
    context.progress({ step: "connecting to the pages Redis" });
    const failure = await reaper.ready();
    if (failure !== undefined) throw new Error(`The pages Redis cannot be reached: ${failure}`);
    const runs = await reaper.run({
      mode: dryRun ? "dry-run" : mode,
      signal: context.signal,
      events: {
        progress: ({ scanned, judged, removed }) =>
          context.progress({ progress: percent(judged, scanned), scanned, judged, removed }),
        mapping: (line) => {
          if (line.verdict !== "alive") context.log(lineText(line));
        },
      },
    });
    void count(runs);
    for (const run of runs) context.log(summaryText(run));
    const { scanned = 0, judged = 0, cleaned: removed = 0 } = runs[0] ?? {};
    context.progress({ step: "done", progress: 100, scanned, judged, removed });
    for (const run of runs) throwUnlessFinished(run);
    return { outcome: "finished", runs };
  };
}

/** Bull Board draws what is called `progress`, and lists the rest. */
function percent(judged: number, scanned: number): number {
  return scanned === 0 ? 0 : Math.floor((100 * Math.min(judged, scanned)) / scanned);
}

function throwUnlessFinished({ outcome, because = outcome }: ReapSummary): void {
  if (outcome === "busy") throw new RetryAt(Date.now() + BUSY_MS, because);
  if (outcome === "stopped") throw new NeverRetry(because);
  if (outcome !== "finished") throw new Error(because);
}

function lineText({ domain, repository, branch, verdict, action, detail }: MappingLine): string {
  const owner = repository === undefined ? "" : ` of ${repository}${branch ? ` (${branch})` : ""}`;
  return `${domain}${owner}: ${verdict}, ${action}${detail === undefined ? "" : ` (${detail})`}`;
}

function summaryText({ run, rule, mode, outcome, scanned, cleaned, kept, errors }: ReapSummary) {
  const unjudged = Object.values(errors).reduce((sum, count) => sum + count, 0);
  const subject = rule === undefined ? "mappings" : `keys of rule ${rule}`;
  const verb = mode === "dry-run" ? "to be removed" : "removed";
  return `Run ${run} ${outcome}: of ${scanned} ${subject} ${cleaned} ${verb}, ${kept} kept, ${unjudged} not judged`;
}
