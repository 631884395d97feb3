/** The answer to a request whose work was put on a queue: 202, or the result when the client wants to wait and it comes in time. */
import { once, setMaxListeners } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { valuesOf } from "../fields.ts";
import type { QueueName } from "../queues/jobs.ts";
import { hasEnded, type JobStatus } from "../queues/status.ts";
import type { JobWatcher } from "../queues/watch.ts";
import { jobPath } from "./jobs-document.ts";
import type { Rooms } from "./jobs-rooms.ts";

/** Work that a queue took. */
export interface Accepted {
  readonly queue: QueueName;
  readonly id: string;
  /** Whether the same work was queued or running already. */
  readonly joined: boolean;
  /** Jobs of its lane that must end first. */
  readonly position?: number;
  /** Path of the data plane at which the result will be. */
  readonly resultUrl?: string;
  /** Of a job that this request made: lets its client cancel it. */
  readonly cancelKey?: string;
}

/**
 * Answers 202 with `Location` of the status. With `Prefer: wait=N` (RFC 7240 §4.3) it waits up to N seconds for the end of the job first,
 * and then answers 303: to the result of a completed job, else to its status. Resolves when the answer is written.
 */
export type AnswerAccepted = (
  req: IncomingMessage,
  res: ServerResponse,
  accepted: Accepted,
) => Promise<void>;

export interface AcceptedOptions {
  readonly watcher: Pick<JobWatcher, "subscribe">;
  /** Those who wait take room like those who watch; without room nobody waits. */
  readonly rooms: Rooms;
  readonly stopping: AbortSignal;
  /** Longest that anybody waits. */
  readonly longestWaitMs?: number;
}

const LONGEST_WAIT_MS = 30_000;

export function createAnswerAccepted(options: AcceptedOptions): AnswerAccepted {
  // Everybody who waits listens to it.
  setMaxListeners(0, options.stopping);
  return async (req, res, accepted) => {
    const { waitS, isAsync } = preferencesOf(req);
    const waited = await wait(options, req, res, accepted, waitS);
    if (res.destroyed) return;
    const fields = ["Cache-Control", "no-store", "Vary", "Prefer"];
    const applied = [
      ...(isAsync && waited.ended === undefined ? ["respond-async"] : []),
      ...(waited.seconds === 0 ? [] : [`wait=${waited.seconds}`]),
    ];
    if (applied.length > 0) fields.push("Preference-Applied", applied.join(", "));
    if (waited.ended === undefined) sendAccepted(res, fields, accepted);
    else sendEnded(res, fields, accepted, waited.ended);
  };
}

function sendEnded(
  res: ServerResponse,
  fields: readonly string[],
  { id, resultUrl }: Accepted,
  ended: JobStatus,
): void {
  const result = ended.state === "completed" ? (resultUrl ?? ended.resultUrl) : undefined;
  res.writeHead(303, [...fields, "Location", result ?? jobPath(id), "Content-Length", "0"]).end();
}

/** Seconds after which a client that does not watch should ask for the first time. */
const ASK_AFTER_S = 1;

function sendAccepted(res: ServerResponse, fields: readonly string[], accepted: Accepted): void {
  const { id, queue, joined, position, resultUrl, cancelKey } = accepted;
  const body = `${JSON.stringify({
    id,
    queue,
    joined,
    ...{ position },
    status: jobPath(id),
    ...{ result: resultUrl, cancelKey },
  })}\n`;
  res.writeHead(202, [
    ...fields,
    ...["Location", jobPath(id), "Retry-After", String(ASK_AFTER_S)],
    ...["Content-Type", "application/json", "Content-Length", String(Buffer.byteLength(body))],
  ]);
  res.end(body);
}

/** How long the client's wish was granted, 0 for not at all, and what the job was at its end, if that came. */
interface Waited {
  readonly seconds: number;
  readonly ended?: JobStatus | undefined;
}

async function wait(
  options: AcceptedOptions,
  req: IncomingMessage,
  res: ServerResponse,
  accepted: Accepted,
  waitS: number,
): Promise<Waited> {
  const { rooms, longestWaitMs = LONGEST_WAIT_MS } = options;
  const seconds = Math.min(waitS, Math.floor(longestWaitMs / 1_000));
  const leave = seconds > 0 ? rooms.enter(req) : undefined;
  if (leave === undefined) return { seconds: 0 };
  try {
    return { seconds, ended: await waitForEnd(options, res, accepted, seconds) };
  } finally {
    leave();
  }
}

/** The status at the end; undefined when the job goes on, is gone, or nobody waits any more. */
async function waitForEnd(
  { watcher, stopping }: AcceptedOptions,
  res: ServerResponse,
  { queue, id }: Accepted,
  seconds: number,
): Promise<JobStatus | undefined> {
  const enough = new AbortController();
  const giveUp = () => enough.abort();
  let ended: JobStatus | undefined;
  const stop = watcher.subscribe(queue, id, (event) => {
    if (event.type === "status" && hasEnded(event.status)) ended = event.status;
    if (event.type === "gone" || ended !== undefined) giveUp();
  });
  const timer = setTimeout(giveUp, seconds * 1_000);
  res.once("close", giveUp);
  stopping.addEventListener("abort", giveUp, { once: true });
  if (!stopping.aborted && !res.closed) await once(enough.signal, "abort");
  stopping.removeEventListener("abort", giveUp);
  res.off("close", giveUp);
  clearTimeout(timer);
  stop();
  return ended;
}

interface Preferences {
  /** 0: not at all. */
  readonly waitS: number;
  readonly isAsync: boolean;
}

const WAIT = /^wait\s*=\s*"?(\d{1,9})"?\s*(?:;|$)/i;
const ASYNC = /^respond-async\s*(?:;|$)/i;

/** Of a preference that is given twice the first one counts (RFC 7240 §2). */
function preferencesOf({ rawHeaders }: IncomingMessage): Preferences {
  const preferences = valuesOf(rawHeaders, "prefer").flatMap((line) => line.split(","));
  const given = preferences.map((text) => text.trim());
  const wait = given.map((text) => WAIT.exec(text)?.[1]).find((digits) => digits !== undefined);
  return {
    waitS: Number(wait ?? 0),
    isAsync: given.some((text) => ASYNC.test(text)),
  };
}
