/** Connections to one origin. */
import { type ClientRequest, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Duplex } from "node:stream";
import type { Guard } from "./guard.ts";
import type { Peer } from "./request-head.ts";

export interface Connections {
  /** Keeps connections for the next request. */
  readonly pooled: HttpAgent;
  /** A connection for each request, closed after it. */
  readonly single: HttpAgent;
  /** Closes all of them, those in use too. */
  close(): void;
}

/** Longest that a connection waits for its next request: less than the five seconds after which Node's own servers hang up. */
const IDLE_MS = 4_000;

/** At most `limit` connections of either kind at a time, to addresses that `guard` lets pass; further requests wait for one. */
export function createConnections({ protocol }: Peer, limit: number, guard: Guard): Connections {
  const Agent = protocol === "https:" ? HttpsAgent : HttpAgent;
  const shared = { maxTotalSockets: limit, rejectUnauthorized: true, lookup: guard.lookup };
  const pooled = new Agent({ ...shared, keepAlive: true, timeout: IDLE_MS, scheduling: "lifo" });
  const single = new Agent({ ...shared, keepAlive: false });
  distrustIdle(pooled);
  return {
    pooled,
    single,
    close() {
      pooled.destroy();
      single.destroy();
    },
  };
}

/** An idle connection that speaks would have its words taken for the answer to the next request (RFC 9112 §9.3): it is closed. */
function distrustIdle(agent: HttpAgent): void {
  const keep = agent.keepSocketAlive.bind(agent);
  const reuse = agent.reuseSocket.bind(agent);
  agent.keepSocketAlive = (socket: Duplex) => {
    socket.on("data", closeOnData);
    return keep(socket);
  };
  agent.reuseSocket = (socket: Duplex, request: ClientRequest) => {
    socket.off("data", closeOnData);
    reuse(socket, request);
  };
}

function closeOnData(this: Duplex): void {
  this.destroy();
}
