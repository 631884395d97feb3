/** `/jobs/{id}` of the data plane: what became of work that was put on a queue. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestHandler } from "express";
import { pathOf } from "../cache/target.ts";
import { isCancelKey } from "../queues/cancel-key.ts";
import type { QueueName } from "../queues/jobs.ts";
import { hasEnded, type JobStatus } from "../queues/status.ts";
import { pollAfter } from "../queues/status-expected.ts";
import type { JobWatcher } from "../queues/watch.ts";
import { isKnown, versionOf } from "./entity-tag.ts";
import { jobDocument, jobIdOf, jobPath } from "./jobs-document.ts";
import { createJobEvents } from "./jobs-events.ts";
import { JOB_METHODS, type JobRefusal, refuseJob } from "./jobs-refusals.ts";
import type { Rooms } from "./jobs-rooms.ts";
import { noteOf } from "./note.ts";

export interface JobsOptions {
  readonly watcher: Pick<JobWatcher, "snapshot" | "subscribe">;
  /** The queues whose jobs are shown to whoever knows an id. Jobs of all others are unknown here. */
  readonly queues: readonly QueueName[];
  /** As of the queue. */
  readonly cancel: (queue: QueueName, id: string) => Promise<"cancelling" | "ended" | "unknown">;
  readonly rooms: Rooms;
  /** Whether a path below `/jobs/` that can be no job's is for the routes. */
  readonly passOn: boolean;
  readonly heartbeatMs?: number;
  readonly stopping: AbortSignal;
}

const HEARTBEAT_MS = 15_000;

export function createJobs(options: JobsOptions): RequestHandler {
  const { watcher, stopping, passOn, heartbeatMs = HEARTBEAT_MS } = options;
  const sendEvents = createJobEvents({ watcher, stopping, heartbeatMs });
  return async (req, res, next) => {
    const id = jobIdOf(pathOf(req.url));
    if (id === "elsewhere" || (id === undefined && passOn)) return next();
    noteOf(req).outcome = "job";
    const found = await find(options, req.method, id);
    if (typeof found === "string") return refuseJob(req, res, found);
    if (req.method === "DELETE") return cancel(options, req, res, found);
    if (!wantsEvents(req)) return sendStatus(req, res, found);
    const leave = options.rooms.enter(req);
    if (leave === undefined) return refuseJob(req, res, "crowded");
    noteOf(req).outcome = "job-events";
    sendEvents(req, res, found, leave);
  };
}

async function find(
  { watcher, queues }: JobsOptions,
  method: string,
  id: string | undefined,
): Promise<JobStatus | JobRefusal> {
  if (!JOB_METHODS.includes(method)) return "method";
  try {
    for (const queue of id === undefined ? [] : queues) {
      const status = await watcher.snapshot(queue, id as string);
      if (status !== undefined) return status;
    }
    return "unknown";
  } catch {
    return "away";
  }
}

function wantsEvents({ headers }: IncomingMessage): boolean {
  return /(?:^|,)\s*text\/event-stream\s*(?:[;,]|$)/i.test(headers.accept ?? "");
}

/** Sends the status as JSON, or 304 to a client that has it. */
function sendStatus(
  req: IncomingMessage,
  res: ServerResponse,
  status: JobStatus,
  code = 200,
): void {
  const body = `${JSON.stringify(jobDocument(status))}\n`;
  const version = versionOf(body);
  const after = pollAfter(status, Date.now());
  const fields = [
    ...["ETag", `"${version}"`, "Cache-Control", "private, no-cache", "Vary", "Accept"],
    ...["X-Content-Type-Options", "nosniff", "X-Robots-Tag", "noindex"],
    ...(after === undefined ? [] : ["Retry-After", String(after)]),
  ];
  if (code === 200 && isKnown(req.headers["if-none-match"], version)) {
    res.writeHead(304, fields).end();
    return;
  }
  if (code === 202) fields.push("Location", jobPath(status.id));
  fields.push(
    "Content-Type",
    "application/json",
    "Content-Length",
    String(Buffer.byteLength(body)),
  );
  res.writeHead(code, fields).end(req.method === "HEAD" ? undefined : body);
}

async function cancel(
  options: JobsOptions,
  req: IncomingMessage,
  res: ServerResponse,
  job: JobStatus,
): Promise<void> {
  const key = /^bearer +(\S+)$/i.exec(req.headers.authorization ?? "")?.[1];
  if (key === undefined) return refuseJob(req, res, "anonymous");
  if (!isCancelKey(key, job.id)) return refuseJob(req, res, "stranger");
  if (job.state === "cancelled") return sendStatus(req, res, job);
  if (hasEnded(job)) return refuseJob(req, res, "ended");
  const outcome = await options.cancel(job.queue, job.id).catch(() => "away" as const);
  if (outcome === "cancelling") return sendStatus(req, res, job, 202);
  refuseJob(req, res, outcome);
}
