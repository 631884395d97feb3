/** What it means that Redis is away, as opposed to saying no. */
import { ReplyError } from "ioredis";

/** No reply: the connection is down, the reply did not come in time, or nobody asked because of that. */
export class StoreAwayError extends Error {
  override readonly name = "StoreAwayError";
}

/** Error replies of a server that is there but cannot serve now. */
const UNABLE = /^(LOADING|CLUSTERDOWN|MASTERDOWN|BUSY) /;

/** Whether a failed command speaks against the server. An error reply such as OOM comes from a server that works. */
export function isAway(failure: unknown): boolean {
  if (!(failure instanceof ReplyError)) return true;
  return UNABLE.test((failure as Error).message);
}

/** The client's own words for a connection that is not up, which tell nobody what to do. */
const NOT_CONNECTED = /^Stream isn't writeable/;

function inOurWords(failure: unknown): unknown {
  const isNotConnected = failure instanceof Error && NOT_CONNECTED.test(failure.message);
  return isNotConnected ? new StoreAwayError("Redis is not connected.") : failure;
}

/**
 * The promise, or a rejection with `StoreAwayError` after `limitMs`. A reply that already waits in the socket counts as in time: after the
 * process itself was busy, input is read once more before giving up.
 */
export function withinBudget<T>(reply: Promise<T>, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new StoreAwayError(`No reply from Redis within ${limitMs} ms.`));
    const timer = setTimeout(() => setImmediate(giveUp), limitMs);
    reply.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (failure) => {
        clearTimeout(timer);
        reject(inOurWords(failure));
      },
    );
  });
}
