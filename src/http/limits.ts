/** What a client may take of the data plane: room for a head, and time. */
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";

export interface Limits {
  /** Longest head of a request, its target included; a longer one is answered 431. */
  readonly headBytes: number;
  /** Longest that a head takes to arrive, and that a request takes with its body; later it is answered 408. */
  readonly headMs: number;
  readonly requestMs: number;
  /** Longest that a kept connection waits for its next request. */
  readonly idleMs: number;
  /** Longest that a client takes nothing of what is ready for it. */
  readonly stalledMs: number;
}

/** Idle connections are kept longer than balancers in front keep theirs, so that they end them and not we. */
const LIMITS: Limits = {
  headBytes: 16 * 1024,
  headMs: 30_000,
  requestMs: 900_000,
  idleMs: 75_000,
  stalledMs: 60_000,
};

/** Longest between two looks for requests that are late. */
const LOOK_MS = 5_000;

/** A server that cuts off who exceeds the limits. A listener that lets clients wait for a source says so with `mayWait`. */
export function createLimitedServer(listener: RequestListener, limits = LIMITS): Server {
  const server = createServer(
    {
      maxHeaderSize: limits.headBytes,
      headersTimeout: limits.headMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(LOOK_MS, limits.headMs),
      // Finds clients that are gone without a word.
      keepAlive: true,
      keepAliveInitialDelay: limits.idleMs,
    },
    listener,
  );
  server.timeout = limits.stalledMs;
  // The size of a head is limit enough, and Node would drop what exceeds a count without a word.
  server.maxHeadersCount = 0;
  return server;
}

/** The client of this answer may have to wait longer than others for its source. It is still cut off when it takes nothing of what is ready. */
export function mayWait(res: ServerResponse): void {
  res.on("timeout", () => {
    if (res.writableLength > 0) res.destroy();
  });
}
