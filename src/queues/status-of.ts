/** From BullMQ's record of a job to what is told of it. Pure. */
import type { Instant } from "../fields.ts";
import { CANCELLED } from "./retry.ts";
import { hasEnded, type JobFacts, type JobState, type JobStatus } from "./status.ts";
import { type Experience, expectedEnd } from "./status-expected.ts";
import { progressOf, reasonOf, shown } from "./status-texts.ts";

/** `experience` is that of the job's queue. */
export function statusOf(facts: JobFacts, experience: Experience, now: Instant): JobStatus {
  const state = stateOf(facts);
  const isLaned = facts.position !== undefined && (state === "queued" || state === "waiting");
  const reason = reasonOf(facts, state);
  const progress = state === "queued" ? undefined : progressOf(facts.progress);
  const status = {
    id: facts.id,
    queue: facts.queue,
    state,
    ...(isLaned && { position: facts.position as number }),
    ...(reason !== undefined && { reason }),
    ...(state === "delayed" &&
      facts.delayedUntil !== undefined && { nextRunAt: facts.delayedUntil }),
    attempt: endedInLane(facts, state) ? 0 : facts.attemptsMade + (state === "active" ? 1 : 0),
    mostAttempts: facts.mostAttempts,
    ...(progress !== undefined && { progress }),
    createdAt: facts.createdAt,
    ...instantsOf(facts, state),
    ...(state === "completed" && resultOf(facts)),
  };
  const expectedAt = expectedEnd(status, experience, now);
  return expectedAt === undefined ? status : { ...status, expectedAt };
}

function stateOf({ state, position, attemptsStarted, progress, failedReason }: JobFacts): JobState {
  switch (state) {
    case "completed":
    case "active":
      return state;
    case "failed":
      return failedReason === CANCELLED ? "cancelled" : "failed";
    case "delayed":
      if (position === undefined) return "delayed";
      if (position > 0) return "queued";
      // Its turn has come, and it is being woken.
      return attemptsStarted === 0 || stepOf(progress) === "queued" ? "waiting" : "delayed";
    default:
      return "waiting";
  }
}

/** Whether it was cancelled before it began: work with a lane tells its first step at once. */
function endedInLane({ progress }: JobFacts, state: JobState): boolean {
  return state === "cancelled" && progressOf(progress) === undefined;
}

/** Being picked up only to be put back into a lane is no start, and neither is being picked up to be ended there. */
function instantsOf(facts: JobFacts, state: JobState) {
  const { processedAt, finishedAt } = facts;
  const waits = state === "queued" || state === "waiting" || endedInLane(facts, state);
  const hasRun = !waits && processedAt !== undefined;
  return {
    ...(hasRun && { startedAt: processedAt }),
    ...(finishedAt !== undefined && hasEnded({ state }) && { finishedAt }),
  };
}

function resultOf({ returnValue, resultUrl }: JobFacts) {
  const { outcome, detail } = (returnValue ?? {}) as { outcome?: unknown; detail?: unknown };
  return {
    ...(typeof outcome === "string" && { outcome: shown(outcome) }),
    ...(typeof detail === "string" && { detail: shown(detail) }),
    ...(resultUrl !== undefined && { resultUrl }),
  };
}

function stepOf(progress: unknown): unknown {
  return (progress as { readonly step?: unknown } | null)?.step;
}
