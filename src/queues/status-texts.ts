/** What a job is said to do, and why it does not. Pure. */
import { redactText } from "./redact.ts";
import { LOST } from "./retry.ts";
import type { JobFacts, JobProgress, JobState } from "./status.ts";

const LONGEST_TEXT = 300;

/** A text as it may be told: one line, cut, without secrets. */
export function shown(text: string): string {
  const [line = ""] = redactText(text).split("\n", 1);
  return line.slice(0, LONGEST_TEXT);
}

/** Why a job is in this state, in words for whoever asked for it. */
export function reasonOf(facts: JobFacts, state: JobState): string | undefined {
  if (state === "cancelled") return "It was cancelled.";
  if (state === "failed") return failureOf(facts);
  if (state !== "delayed") return undefined;
  if (facts.delayReason !== undefined) return shown(facts.delayReason);
  return facts.failedReason === undefined ? undefined : `The last run failed. ${failureOf(facts)}`;
}

/** Errors whose messages are written for whoever asked; those of all others may tell of the inside, and are for operators. */
const TOLD = new Set(["SourceError", "GitHubError", "NeverRetry", "PayloadError"]);
const UNTOLD = "Something went wrong that only the operators can see.";

function failureOf({ failedReason = "", failureName = "" }: JobFacts): string {
  if (failedReason.startsWith(LOST)) return "The worker that ran it was lost too often.";
  return TOLD.has(failureName) && failedReason !== "" ? shown(failedReason) : UNTOLD;
}

/** Progress in whatever form the work of a job gives it; undefined when it says nothing. */
export function progressOf(progress: unknown): JobProgress | undefined {
  if (typeof progress === "number")
    return progress > 0 ? { percent: percent(progress) } : undefined;
  if (typeof progress !== "object" || progress === null) return undefined;
  const { step, progress: part, ...rest } = progress as Record<string, unknown>;
  if (step === "queued") return undefined;
  const counts = Object.entries(rest).filter(
    (pair): pair is [string, number] => typeof pair[1] === "number",
  );
  return {
    ...(typeof step === "string" && { step: shown(step) }),
    ...(typeof part === "number" && { percent: percent(part) }),
    ...(counts.length > 0 && { counts: Object.fromEntries(counts) }),
  };
}

function percent(value: number): number {
  return Math.min(100, Math.max(0, Math.round(value)));
}
