/** Errors that we make ourselves, as problem details (RFC 9457), or as text for clients that do not take JSON. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { STATUS_CODES } from "node:http";
import { SourceError } from "../errors.ts";

/** What went wrong, for a client. `type` is the last part of a stable URI, listed in docs/errors.md. */
export interface Problem {
  readonly status: number;
  readonly type: string;
  readonly detail: string;
  /** Seconds after which asking again makes sense. */
  readonly retryAfter?: number;
  /** The connection ends with the answer. */
  readonly close?: true;
  /** Methods that a 405 offers; GET and HEAD when absent. */
  readonly allow?: string;
}

/** Root of the problem types; each is described under this path in docs/errors.md. */
const TYPE_ROOT = "urn:warmfront:problem:";

/** Writes a problem as the whole answer. `cacheStatus` is sent when there is one to tell. */
export function sendProblem(
  req: IncomingMessage,
  res: ServerResponse,
  problem: Problem,
  more: { readonly id?: string; readonly cacheStatus?: string } = {},
): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const asText = !acceptsJson(req.headers.accept);
  const body = asText ? `${problem.detail}\n` : problemJson(problem, more.id);
  const fields = [
    "Content-Type",
    asText ? "text/plain; charset=utf-8" : "application/problem+json",
    "Content-Length",
    String(Buffer.byteLength(body)),
    "Cache-Control",
    "no-store",
    "X-Content-Type-Options",
    "nosniff",
  ];
  if (problem.retryAfter !== undefined) fields.push("Retry-After", String(problem.retryAfter));
  if (more.cacheStatus !== undefined) fields.push("Cache-Status", more.cacheStatus);
  if (problem.close) fields.push("Connection", "close");
  if (problem.status === 405) fields.push("Allow", problem.allow ?? "GET, HEAD");
  res.writeHead(problem.status, fields);
  res.end(req.method === "HEAD" ? undefined : body);
}

function problemJson(problem: Problem, id: string | undefined): string {
  return JSON.stringify({
    type: TYPE_ROOT + problem.type,
    title: STATUS_CODES[problem.status],
    status: problem.status,
    detail: problem.detail,
    ...(id === undefined ? {} : { instance: `urn:warmfront:request:${id}` }),
  });
}

/** JSON unless the client names what it takes and JSON is not among it. */
function acceptsJson(accept: string | undefined): boolean {
  return accept === undefined || /json|\*\/\*|application\/\*/i.test(accept);
}

/** How a failed fetch is told to the client: 502 when the source broke, 504 when it was too slow (RFC 9110 §15.6). */
export function problemOf(thrown: unknown): Problem {
  if (!(thrown instanceof SourceError)) {
    return {
      status: 500,
      type: "internal",
      detail: "Warmfront failed to answer; its log says why.",
    };
  }
  switch (thrown.fault) {
    case "connect-timeout":
    case "first-byte-timeout":
    case "idle-timeout":
    case "total-timeout":
      return { status: 504, type: "source-timeout", detail: thrown.message };
    case "malformed":
      return { status: 502, type: "source-malformed", detail: thrown.message };
    case "aborted":
      return { status: 503, type: "stopping", detail: "The request was given up.", retryAfter: 1 };
    case "resting":
      return {
        status: 503,
        type: "source-resting",
        detail: thrown.message,
        retryAfter: secondsUntil(thrown.retryAt),
      };
    case "refused":
    case "reset":
      return { status: 502, type: "source-unavailable", detail: thrown.message };
  }
}

/** Whole seconds, one at least. */
function secondsUntil(at: number | undefined): number {
  return Math.max(1, Math.ceil(((at ?? 0) - Date.now()) / 1_000));
}
