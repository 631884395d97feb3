/** A job as server-sent events: what it is, then every change, until it has ended. */
import { randomInt } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { hasEnded, type JobStatus } from "../queues/status.ts";
import type { JobWatcher } from "../queues/watch.ts";
import { versionOf } from "./entity-tag.ts";
import { jobDocument } from "./jobs-document.ts";

export interface JobEventsOptions {
  readonly watcher: Pick<JobWatcher, "subscribe">;
  /** How often something is sent when there is nothing to say: whatever stands between would take silence for the end. */
  readonly heartbeatMs: number;
  /** Ends the streams: clients come back by themselves, to another process. */
  readonly stopping: AbortSignal;
}

/** Sends the events of one job. `first` is what is known of it; `onClose` is called once, when the answer is over. */
export type SendEvents = (
  req: IncomingMessage,
  res: ServerResponse,
  first: JobStatus,
  onClose: () => void,
) => void;

/** Milliseconds after which clients that lost their connection come back: each at another time, since a process that stops loses all of them at once. */
const COME_BACK_MS = { least: 1_500, most: 4_500 };

const FIELDS = [
  ...["Content-Type", "text/event-stream", "Cache-Control", "no-store"],
  ...["Vary", "Accept", "X-Content-Type-Options", "nosniff"],
  // nginx would hold back what it has not enough of.
  ...["X-Accel-Buffering", "no"],
];

export function createJobEvents({ watcher, heartbeatMs, stopping }: JobEventsOptions): SendEvents {
  const streams = new Set<ServerResponse>();
  stopping.addEventListener("abort", () => {
    for (const res of streams) res.end();
  });
  return (req, res, first, onClose) => {
    const known = req.headers["last-event-id"];
    const seen = typeof known === "string" ? known : "";
    const start = eventOf(first);
    if (start.name === "end" && start.id === seen) {
      // Tells an EventSource not to come back.
      res.writeHead(204).end();
      return onClose();
    }
    res.writeHead(200, FIELDS);
    if (req.method === "HEAD") {
      res.end();
      return onClose();
    }
    res.write(`retry: ${randomInt(COME_BACK_MS.least, COME_BACK_MS.most)}\n\n`);
    streams.add(res);
    const send = createSender(res, seen);
    send(start);
    const stop = watcher.subscribe(first.queue, first.id, (event) => {
      send(event.type === "gone" ? gone(first.id) : eventOf(event.status));
    });
    const stopBeating = startBeating(res, heartbeatMs);
    res.once("close", () => {
      stopBeating();
      stop();
      streams.delete(res);
      onClose();
    });
    if (stopping.aborted) res.end();
  };
}

/** A client that takes nothing from one beat to the next is let go, so that it holds no place. */
function startBeating(res: ServerResponse, everyMs: number): () => void {
  let isStuck = false;
  const beat = setInterval(() => {
    if (!res.writableNeedDrain) res.write(": waiting\n\n");
    else if (isStuck) res.destroy();
    isStuck = res.writableNeedDrain;
  }, everyMs);
  return () => clearInterval(beat);
}

interface SentEvent {
  readonly name: "status" | "end" | "gone";
  readonly id: string;
  readonly data: string;
}

function eventOf(status: JobStatus): SentEvent {
  const data = JSON.stringify(jobDocument(status));
  return { name: hasEnded(status) ? "end" : "status", id: versionOf(data), data };
}

function gone(id: string): SentEvent {
  return { name: "gone", id: "gone", data: JSON.stringify({ id, state: "gone" }) };
}

/** Sends each event once. While a client does not take what it was sent, only the newest is kept: each says everything. */
function createSender(res: ServerResponse, seen: string): (event: SentEvent) => void {
  let sent = seen;
  let held: SentEvent | undefined;
  const send = (event: SentEvent): void => {
    if (event.id === sent || res.writableEnded) return;
    if (res.writableNeedDrain) {
      held = event;
      return;
    }
    sent = event.id;
    res.write(`event: ${event.name}\nid: ${event.id}\ndata: ${event.data}\n\n`);
    if (event.name !== "status") res.end();
  };
  res.on("drain", () => {
    const event = held;
    held = undefined;
    if (event !== undefined) send(event);
  });
  return send;
}
