/** Why a request about a job is refused. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { noteOf } from "./note.ts";
import { type Problem, sendProblem } from "./problem.ts";

/** Methods that a job takes. */
export const JOB_METHODS: readonly string[] = ["GET", "HEAD", "DELETE"];

const REFUSALS = {
  method: {
    status: 405,
    type: "method-not-allowed",
    detail: "A job takes GET, HEAD and DELETE.",
    allow: JOB_METHODS.join(", "),
  },
  unknown: {
    status: 404,
    type: "unknown-job",
    detail: "There is no such job: it never was, or it ended long ago.",
  },
  away: {
    status: 503,
    type: "queue-away",
    detail: "The queues cannot be reached. No job is lost; ask again.",
    retryAfter: 5,
  },
  crowded: {
    status: 503,
    type: "too-many-watchers",
    detail: "Too many are watching jobs. Ask again, or poll the status without events.",
    retryAfter: 5,
  },
  ended: { status: 409, type: "job-ended", detail: "The job has ended already." },
  anonymous: {
    status: 401,
    type: "may-not-cancel",
    detail: "Only who asked for a job may cancel it: with its cancel key as Bearer token.",
  },
  stranger: {
    status: 403,
    type: "may-not-cancel",
    detail: "This is not the cancel key of this job.",
  },
} as const satisfies Record<string, Problem>;

export type JobRefusal = keyof typeof REFUSALS;

export function refuseJob(req: IncomingMessage, res: ServerResponse, refusal: JobRefusal): void {
  const note = noteOf(req);
  const problem = REFUSALS[refusal];
  note.outcome = problem.type;
  if (refusal === "anonymous") res.setHeader("WWW-Authenticate", 'Bearer realm="job"');
  sendProblem(req, res, problem, { id: note.id });
}
