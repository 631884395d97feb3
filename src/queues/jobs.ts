/** Every queue: what its payload is, how often a job is tried, how long it is kept, and when its worker counts as lost. */
import { type ZodType, z } from "zod";
import type { ReapSummary } from "../mappings/summary.ts";

/** A payload refers to what the job is about by key or id. It holds no bodies and no credentials. */
const refreshPayload = z.union([
  z.strictObject({
    /** Id of the route. */
    route: z.string().min(1).max(1_024),
    /** Key of the stored response, in whatever form the store of responses understands. */
    key: z.string().min(1),
  }),
  z.strictObject({
    /** Id of the route. */
    route: z.string().min(1).max(1_024),
    /** Path and query as a client would ask for them: a response to have in store before somebody does. */
    target: z.string().startsWith("/").max(8_192),
  }),
  z.strictObject({
    /** Path of the item. */
    item: z.string().min(1).max(8_192),
  }),
]);

const reapPayload = z.strictObject({
  /** Tell what would be removed, and remove nothing. */
  dryRun: z.boolean(),
});

const reportPayload = z
  .strictObject({
    /** Whom the report is about: a GitHub login, in any case. */
    login: z.string().regex(/^[A-Za-z\d][A-Za-z\d_-]{0,38}$/, "must be a GitHub login"),
    /** First day of the period, `YYYY-MM-DD`, or all there is. */
    since: z.union([z.literal("all"), z.iso.date()]),
    /** Last day of the period. */
    until: z.iso.date(),
    /** Whether stars that were gained in the period are counted. */
    starIncrease: z.boolean(),
    /** Reference to a sealed secret to ask with; never the secret. */
    credential: z.string().min(1).max(200).optional(),
  })
  .refine(({ since, until }) => since === "all" || since <= until, "since must not be after until");

export interface JobSpec {
  /** For people who look at the queue. */
  readonly about: string;
  readonly payload: ZodType;
  /** Runs before a job counts as failed. */
  readonly attempts: number;
  /** Wait before the second run; doubles with each further one. */
  readonly backoffMs: number;
  /** Share of each wait that is left to chance. */
  readonly jitter: number;
  /** Ended jobs are kept until either bound is passed; a bound is looked at when another job ends. */
  readonly keepCompleted: Retention;
  readonly keepFailed: Retention;
  /** Log lines kept per job. */
  readonly logLines: number;
  /** A worker that has not renewed its lock for this long has lost the job. */
  readonly lockDurationMs: number;
  /** How often workers look for jobs that were lost; two looks confirm it. */
  readonly stalledIntervalMs: number;
  /** How often a job may be lost before it counts as failed. */
  readonly maxStalledCount: number;
}

interface Retention {
  readonly ageMs: number;
  readonly count: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const JOBS = {
  refresh: {
    about:
      "Refreshes stored responses and items behind stale answers, items on schedule, and warms up what is asked for beforehand. A delayed job waits for its next attempt, or for as long as its source asked; its log says until when.",
    payload: refreshPayload,
    attempts: 3,
    backoffMs: 1_000,
    jitter: 0.5,
    keepCompleted: { ageMs: HOUR_MS, count: 1_000 },
    keepFailed: { ageMs: DAY_MS, count: 1_000 },
    logLines: 20,
    lockDurationMs: 15_000,
    stalledIntervalMs: 5_000,
    maxStalledCount: 3,
  },
  report: {
    about:
      "Makes reports, one at a time for each user, in the order in which they were asked for. A delayed job waits for its turn (its progress says at which position) or for its next attempt; the time shown is not when it runs.",
    payload: reportPayload,
    attempts: 3,
    backoffMs: 5_000,
    jitter: 0.2,
    keepCompleted: { ageMs: 7 * DAY_MS, count: 10_000 },
    keepFailed: { ageMs: 14 * DAY_MS, count: 10_000 },
    logLines: 200,
    lockDurationMs: 30_000,
    stalledIntervalMs: 15_000,
    maxStalledCount: 2,
  },
  reap: {
    about:
      "Removes custom domains of a pages server that have lost their owner, one run at a time. Counts are mappings; the log tells of every mapping that is not simply alive.",
    payload: reapPayload,
    attempts: 3,
    backoffMs: 60_000,
    jitter: 0.2,
    keepCompleted: { ageMs: 30 * DAY_MS, count: 1_000 },
    keepFailed: { ageMs: 30 * DAY_MS, count: 1_000 },
    logLines: 2_000,
    lockDurationMs: 30_000,
    stalledIntervalMs: 15_000,
    maxStalledCount: 3,
  },
} as const satisfies Record<string, JobSpec>;

export type QueueName = keyof typeof JOBS;

/** What is put on each queue. */
export interface JobPayloads {
  refresh: Readonly<z.infer<typeof refreshPayload>>;
  report: Readonly<z.infer<typeof reportPayload>>;
  reap: Readonly<z.infer<typeof reapPayload>>;
}

/** Names a stored response. */
export type EntryReference = Extract<JobPayloads["refresh"], { readonly key: string }>;
/** Names a response that may not be stored yet. */
export type WarmTarget = Extract<JobPayloads["refresh"], { readonly target: string }>;

/** What a job of each queue ends with. */
export interface JobOutcomes {
  refresh: RefreshOutcome;
  report: ReportOutcome;
  reap: ReapOutcome;
}

/**
 * How a refresh ended. `kept`: the earlier response stays; `gone`: there is nothing left to refresh. Of a warm-up also `fresh`: nothing had to be
 * done; `not-stored`: the source's answer is not one to keep.
 */
export interface RefreshOutcome {
  readonly outcome:
    | "stored"
    | "freshened"
    | "kept"
    | "gone"
    | "superseded"
    | "fresh"
    | "not-stored";
  readonly detail?: string;
}

/** How a report ended. `partial`: something could not be found out; the detail says what. */
export interface ReportOutcome {
  readonly outcome: "complete" | "partial";
  readonly detail?: string;
}

/** How a run of the reaper ended: over the mappings, then by each rule. */
export interface ReapOutcome {
  readonly outcome: "finished";
  readonly runs: readonly ReapSummary[];
}

/** The payload is not what its queue takes. The message names fields, never their values. */
export class PayloadError extends Error {
  override readonly name = "PayloadError";
}

const LONGEST_PAYLOAD = 64 * 1_024;

/** Checks a payload, on its way in and on its way out: what is in Redis may come from another version or another hand. */
export function readPayload<N extends QueueName>(queue: N, data: unknown): JobPayloads[N] {
  const bytes = Buffer.byteLength(JSON.stringify(data) ?? "");
  if (bytes > LONGEST_PAYLOAD) {
    throw new PayloadError(
      `A ${queue} job's payload is ${bytes} bytes; at most ${LONGEST_PAYLOAD} are taken.`,
    );
  }
  const read = JOBS[queue].payload.safeParse(data);
  if (read.success) return read.data as JobPayloads[N];
  const faults = read.error.issues.flatMap(faultsOf);
  throw new PayloadError(`A ${queue} job's payload is not valid: ${faults.join("; ")}.`);
}

/** Of a payload that has several forms, what is wrong by each of them. */
function faultsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "invalid_union" && issue.errors.length > 0)
    return issue.errors.flat().flatMap(faultsOf);
  return [[...issue.path, issue.message].join(": ")];
}
