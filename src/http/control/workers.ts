/** `/workers`: the worker processes, and whether each still asks for jobs. */
import { Router } from "express";
import { type Beat, readBeats } from "../../queues/beats.ts";
import type { RedisClient } from "../../redis/connect.ts";
import { isoTime } from "../iso-time.ts";
import { inTime, showing } from "./answer.ts";
import type { ControlPart } from "./app.ts";
import { escapeHtml, page } from "./page.ts";

/** As a page or as JSON. */
export function createWorkersPart(connection: RedisClient): ControlPart {
  const router = Router();
  router.get(
    "/",
    showing(
      () => inTime(readBeats(connection)),
      workersPage,
      (beats) => ({ processes: beats.map(shown) }),
    ),
  );
  const about = "The worker processes, and whether each still asks for jobs.";
  return { path: "/workers", title: "Workers", about, router };
}

function shown({ host, pid, startedAt, at, workers }: Beat) {
  return {
    host,
    pid,
    startedAt: isoTime(startedAt),
    at: isoTime(at),
    workers: workers.map(({ lastFetchAt, ...worker }) => ({
      ...worker,
      lastFetchAt: isoTime(lastFetchAt),
    })),
  };
}

function workersPage(beats: readonly Beat[]): string {
  if (beats.length === 0)
    return page("Workers", "<p>No worker process is there: jobs wait until one is.</p>", 10);
  const entries = beats.map(({ host, pid, startedAt, workers }) => {
    const lines = workers.map(({ queue, state, running, concurrency, lastFetchAt, replaced }) => {
      const again = replaced === 0 ? "" : `, replaced ${replaced} times`;
      return `<dd>${escapeHtml(queue)}: ${state}, ${running} of ${concurrency} running, asked for jobs at ${isoTime(lastFetchAt)}${again}</dd>`;
    });
    return `<dt>${escapeHtml(host)}, process ${pid}, since ${isoTime(startedAt)}</dt>${lines.join("")}`;
  });
  return page("Workers", `<dl>\n${entries.join("\n")}\n</dl>`, 10);
}
