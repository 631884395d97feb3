/** Why an exchange with a source failed, told without anything that was exchanged. */
import { messageOf, SourceError, type SourceFault } from "../errors.ts";
import type { BudgetDecision, WaitReason } from "./budget-types.ts";
import type { Expiry } from "./watch.ts";

const WAITED_FOR: Partial<Record<SourceFault, string>> = {
  "connect-timeout": "accepted no connection",
  "first-byte-timeout": "sent no response",
  "idle-timeout": "moved no byte of the body",
  "total-timeout": "did not finish",
};

export function timedOut(source: string, { fault, limitMs }: Expiry): SourceError {
  return new SourceError(fault, `${source} ${WAITED_FOR[fault]} within ${limitMs} ms.`);
}

export function malformed(source: string, what: string): SourceError {
  return new SourceError("malformed", `${source} sent a malformed response: ${what}.`);
}

export function notAllowed(source: string): SourceError {
  return new SourceError("refused", `${source} is at no address that may be asked (egress.allow).`);
}

export function aborted(source: string): SourceError {
  return new SourceError("aborted", `The fetch from ${source} was given up.`);
}

const NOT_ASKED: Readonly<Record<WaitReason | "crowded", string>> = {
  rest: "it wants to be left alone",
  spent: "its rate limit is used up",
  reserved: "what is left of its rate limit is kept for more urgent requests",
  rate: "the configured rate is used up",
  concurrency: "as many requests as are configured are under way",
  breaker: "it failed too often just now",
  crowded: "too many requests wait for it",
};

export function resting(
  source: string,
  held: Exclude<BudgetDecision, { outcome: "granted" }>,
): SourceError {
  const message = `${source} is not asked now: ${NOT_ASKED[held.reason]}.`;
  return new SourceError("resting", message, held.outcome === "wait" ? { retryAt: held.at } : {});
}

export function cutShort(source: string, cause?: unknown): SourceError {
  const message = `${source} ended the connection before its response was complete.`;
  return new SourceError("reset", message, { cause });
}

/** What an error of the connection means: `connected` tells whether there was one. */
export function connectionFailure(source: string, error: Error, connected: boolean): SourceError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "HPE_INVALID_EOF_STATE") return cutShort(source);
  // Without its cause: that carries the bytes which could not be parsed.
  if (code?.startsWith("HPE_")) return malformed(source, parserMessage(error));
  if (connected) return cutShort(source, error);
  if (code === "EGRESS") return notAllowed(source);
  if (code === "ETIMEDOUT")
    return new SourceError("connect-timeout", `${source} accepted no connection.`, {
      cause: error,
    });
  const why = code === undefined ? "" : ` (${code})`;
  return new SourceError("refused", `No connection to ${source}${why}.`, { cause: error });
}

function parserMessage(error: Error): string {
  return messageOf(error).replace("Parse Error: ", "");
}
