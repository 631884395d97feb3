/** What may be done on the board, and by whom: every change that Bull Board offers; one that is not listed is refused. */
import type { Role } from "../../config/control.ts";

export interface BoardRight {
  readonly needs: Role;
  /** In a few words, for the audit. */
  readonly action: string;
  /** The states whose jobs it is done to, `:queueStatus` for the one that is named; absent: it is done to one thing. */
  readonly states?: readonly string[];
  /** Done to every queue. */
  readonly allQueues?: true;
}

const QUEUE = "/api/queues/:queueName";
const JOB = `${QUEUE}/:jobId`;
const SCHEDULER = `${QUEUE}/job-schedulers/:schedulerId`;
const WAITING = ["waiting", "prioritized", "paused"];

const operator = (action: string, more: Partial<BoardRight> = {}): BoardRight => ({
  ...{ needs: "operator", action },
  ...more,
});
const admin = (action: string, more: Partial<BoardRight> = {}): BoardRight => ({
  ...{ needs: "admin", action },
  ...more,
});

/** By method and route of the board's API. Operators may do what loses nothing. */
export const BOARD_RIGHTS: ReadonlyMap<string, BoardRight | "refused"> = new Map<
  string,
  BoardRight | "refused"
>([
  ["put /api/queues/pause", operator("pause", { allQueues: true })],
  ["put /api/queues/resume", operator("resume", { allQueues: true })],
  [`put ${QUEUE}/pause`, operator("pause")],
  [`put ${QUEUE}/resume`, operator("resume")],
  [`put ${QUEUE}/retry/:queueStatus`, operator("retry all", { states: [":queueStatus"] })],
  [`put ${QUEUE}/promote`, operator("promote all", { states: ["delayed"] })],
  [`put ${QUEUE}/rate-limit/release`, operator("release the rate limit")],
  [`put ${SCHEDULER}/run`, operator("run scheduler")],
  [`put ${JOB}/retry`, operator("retry")],
  [`put ${JOB}/promote`, operator("promote")],
  [`patch ${JOB}/delay`, operator("change delay")],
  [`patch ${JOB}/priority`, operator("change priority")],
  [`put ${QUEUE}/clean/:queueStatus`, admin("remove all", { states: [":queueStatus"] })],
  [`put ${QUEUE}/empty`, admin("empty", { states: WAITING })],
  [
    `put ${QUEUE}/obliterate`,
    admin("obliterate", { states: [...WAITING, "active", "delayed", "completed", "failed"] }),
  ],
  [`put ${QUEUE}/concurrency`, admin("set global concurrency")],
  [`put ${QUEUE}/rate-limit`, admin("set rate limit")],
  [`put ${SCHEDULER}/remove`, admin("remove scheduler")],
  [`patch ${SCHEDULER}`, admin("change scheduler")],
  [`put ${JOB}/clean`, admin("remove")],
  [`put ${JOB}/remove-unprocessed-children`, admin("remove unprocessed children")],
  // Its fields would be filled with redacted values.
  [`patch ${JOB}/update-data`, "refused"],
  [`post ${QUEUE}/add`, "refused"],
]);

/** Undefined for what changes nothing. */
export function boardRight(method: string, route: string): BoardRight | "refused" | undefined {
  if (method === "get" || method === "head") return undefined;
  return BOARD_RIGHTS.get(`${method} ${route}`) ?? "refused";
}
