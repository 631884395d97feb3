/** An HTTP server as a source: requests go out, and responses come back, octet for octet. */
import type { Agent } from "node:http";
import { createConnections } from "./connections.ts";
import { Exchange } from "./exchange.ts";
import { aborted, notAllowed } from "./failure.ts";
import { createGuard, type Guard } from "./guard.ts";
import { createInFlight } from "./in-flight.ts";
import { assertSendable, isRepeatable, outgoing, peerOf } from "./request-head.ts";
import type { FetchOptions, Source, SourceRequest, SourceTimeouts } from "./source.ts";

export interface OriginOptions {
  /** Scheme, host and port: `http://127.0.0.1:9000`. */
  readonly origin: string;
  readonly timeouts: SourceTimeouts;
  /** Most connections at a time; further requests wait for one within the limit for connecting. 256 when absent. */
  readonly connections?: number;
  /** Which addresses may be connected to; the rules without exceptions when absent. */
  readonly guard?: Guard;
}

/**
 * Redirects are not followed, bodies not decoded, proxies of the environment not used. A `fetch` of what cannot be sent as it is rejects with
 * a `TypeError`.
 */
export function createOrigin({
  origin,
  timeouts,
  connections = 256,
  guard = createGuard(),
}: OriginOptions): Source {
  const peer = peerOf(origin);
  const { host } = peer;
  const { pooled, single, close } = createConnections(peer, connections, guard);
  const inFlight = createInFlight();
  let closed = false;

  const exchange = (
    request: SourceRequest,
    options: FetchOptions,
    agent: Agent,
    startedAt: number,
  ) => {
    const send = outgoing(peer, request, agent);
    const { body } = request;
    return new Exchange({ source: host, send, body, timeouts, startedAt, options, inFlight });
  };

  return {
    name: host,
    async fetch(request, options) {
      assertSendable(request);
      if (!guard.mayAsk(peer.address)) throw notAllowed(host);
      if (closed || options.signal.aborted) throw aborted(host);
      const startedAt = performance.now();
      const agent = isRepeatable(request) ? pooled : single;
      const first = exchange(request, options, agent, startedAt);
      try {
        return await first.response;
      } catch (failure) {
        if (!first.unanswered) throw failure;
        return exchange(request, options, single, startedAt).response;
      }
    },
    async close() {
      closed = true;
      inFlight.abortAll();
      close();
    },
  };
}
