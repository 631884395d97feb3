/** Where a process manager asks a worker process how it is: `/livez` and `/readyz`. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type ListenAddress, listen } from "../listen.ts";
import type { WorkerHealth } from "./kept.ts";

export interface HealthOptions extends Pick<ListenAddress, "host" | "port"> {
  readonly workers: () => readonly WorkerHealth[];
}

export interface HealthListener {
  readonly url: string;
  close(): Promise<void>;
}

/** Which states of a worker speak against its process, and what it is without them. */
const BAD: Readonly<
  Record<string, { readonly states: ReadonlySet<string>; readonly otherwise: string }>
> = {
  "/livez": { states: new Set(["stuck"]), otherwise: "alive" },
  "/readyz": { states: new Set(["stuck", "away"]), otherwise: "ready" },
};

const SETTINGS = {
  host: "WORKER_HEALTH_HOST (worker.health_host)",
  port: "WORKER_HEALTH_PORT (worker.health_port)",
};

/**
 * `/livez` is 503 when a worker no longer asks for jobs although its Redis is there: what a new start can mend. `/readyz` is 503 also while a Redis is
 * away. Rejects with a `SetupError` when the port cannot be had.
 */
export async function listenForHealth({
  workers,
  ...address
}: HealthOptions): Promise<HealthListener> {
  const server = createServer((req, res) => {
    const path = req.url?.replace(/\?.*/s, "") ?? "";
    const bad = req.method === "GET" || req.method === "HEAD" ? BAD[path] : undefined;
    if (bad === undefined) return send(res, 404, { status: "not found" });
    const found = workers();
    const worst = found.find(({ state }) => bad.states.has(state));
    const status = worst?.state ?? bad.otherwise;
    send(res, worst === undefined ? 200 : 503, { status, workers: found.map(shown) });
  });
  const { url } = await listen(server, address, SETTINGS);
  return {
    url,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function shown({ queue, state, lastFetchAt, running, concurrency, replaced }: WorkerHealth) {
  const lastFetch = new Date(lastFetchAt).toISOString();
  return { queue, state, lastFetch, running, concurrency, replaced };
}

function send(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  res.end(JSON.stringify(body));
}
