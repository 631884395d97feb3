/** The data plane of a process: its routes, its listener, and how it stops. */
import { setMaxListeners } from "node:events";
import type { Server } from "node:http";
import { Server as Listener } from "node:net";
import type { RequestHandler } from "express";
import type { FetchTools } from "../cache/fetch.ts";
import type { PurgeLog } from "../cache/purge/log.ts";
import { pathOf } from "../cache/target.ts";
import type { Config } from "../config/config.ts";
import { listen } from "../listen.ts";
import type { Logger } from "../logger.ts";
import type { RefreshQueue } from "../queues/refresh.ts";
import type { Flights } from "../store/flight.ts";
import { createAnnounce } from "./announce.ts";
import { createFallback } from "./app.ts";
import type { BackOff } from "./back-off.ts";
import type { RequestCounts } from "./counts.ts";
import { createFront } from "./front.ts";
import { createLimitedServer } from "./limits.ts";
import { createRequestLog } from "./note.ts";
import { createRefreshing } from "./refreshing.ts";
import { createRouteTable, type ServedRoute } from "./routes.ts";

export interface DataPlaneOptions {
  readonly config: Config;
  readonly routes: readonly ServedRoute[];
  readonly tools: FetchTools & { readonly flights: Flights };
  readonly purges: PurgeLog;
  readonly backOff: BackOff;
  readonly queue: RefreshQueue;
  readonly degraded: () => string | undefined;
  /** Where requests are counted. */
  readonly counts: RequestCounts;
  /** What answers paths of Warmfront's own, before the routes. */
  readonly mounts?: readonly RequestHandler[];
  /** Whether a path is answered by a mount: no route has it then, and nothing stored for one is served there. */
  readonly isMounted?: ((path: string) => boolean) | undefined;
  readonly logger: Logger;
}

export interface DataPlane {
  readonly port: number;
  /** Stops accepting, lets running requests end, and cuts them off when `signal` aborts. */
  close(signal: AbortSignal): Promise<void>;
}

/** Connections that may wait to be accepted. */
const BACKLOG = 4_096;
const SETTINGS = { host: "LISTEN_HOST (listen.host)", port: "LISTEN_PORT (listen.port)" };

/** Rejects with a `SetupError` when the address cannot be listened on. */
export async function startDataPlane(options: DataPlaneOptions): Promise<DataPlane> {
  const { config, tools, purges, backOff, routes, logger } = options;
  const stopping = new AbortController();
  // Every fetch under way listens to it.
  setMaxListeners(0, stopping.signal);
  const { counts } = options;
  const log = createRequestLog(logger);
  const routeOf = withoutMounts(createRouteTable(routes), options.isMounted);
  const announce = createAnnounce({ purges, routes, now: tools.now, logger });
  const enqueueRefresh = createRefreshing({
    queue: options.queue,
    tools,
    backOff,
    inProcess: config.refresh.inProcess,
    logger,
    stopping: stopping.signal,
  });
  const fallback = createFallback({
    routeOf,
    tools: {
      ...tools,
      ...{ backOff, announce, logger, enqueueRefresh },
      landing: new Map(),
      stopping: stopping.signal,
    },
    logger,
    log: counts.counting(log),
    degraded: options.degraded,
    mounts: options.mounts ?? [],
  });
  const front = createFront({
    routeOf,
    store: tools.store,
    purges: tools.purges,
    now: tools.now,
    log: counts.counting(config.log.hits ? log : undefined),
    fallback,
  });
  const server = createLimitedServer(front);
  refuseTunnels(server);
  const { port } = await listen(server, { ...config.listen, backlog: BACKLOG }, SETTINGS);
  return { port, close: (signal) => drain(server, stopping, signal) };
}

function withoutMounts(
  routeOf: (target: string) => ServedRoute | undefined,
  isMounted: DataPlaneOptions["isMounted"],
): typeof routeOf {
  if (isMounted === undefined) return routeOf;
  return (target) => (isMounted(pathOf(target)) ? undefined : routeOf(target));
}

/** CONNECT and Upgrade would turn the connection into something we do not speak. */
function refuseTunnels(server: Server): void {
  server.on("connect", (_req, socket) =>
    socket.end("HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nConnection: close\r\n\r\n"),
  );
}

/** Connections on which nothing has been asked for this long while draining are ended. */
const LINGER_MS = 500;

/**
 * Lets every request end, also the one that a client has just sent on a connection it kept: each answer from now on ends its connection.
 * `Server.close` of HTTP would cut those that are idle at this moment, so the listener is closed alone.
 */
function drain(server: Server, stopping: AbortController, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = () => {
      stopping.abort();
      server.closeAllConnections();
    };
    const sweeping = setInterval(() => server.closeIdleConnections(), LINGER_MS);
    server.prependListener("request", (_req, res) => {
      res.shouldKeepAlive = false;
    });
    Listener.prototype.close.call(server, () => {
      clearInterval(sweeping);
      resolve();
    });
    if (signal.aborted) cutOff();
    else signal.addEventListener("abort", cutOff, { once: true });
  });
}
