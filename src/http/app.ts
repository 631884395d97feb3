/** The data plane's Express application: everything that is not a plain hit. */
import type { IncomingMessage, ServerResponse } from "node:http";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import type { Logger } from "pino";
import type { RecordRead } from "../cache/lookup.ts";
import { messageOf, SourceError } from "../errors.ts";
import { exchange } from "./exchange.ts";
import type { FrontOptions } from "./front.ts";
import { noteOf, type RequestLog } from "./note.ts";
import { problemOf, sendProblem } from "./problem.ts";
import type { ServedRoute } from "./routes.ts";
import type { ExchangeTools } from "./transaction.ts";

export interface AppOptions {
  readonly routeOf: (target: string) => ServedRoute | undefined;
  readonly tools: ExchangeTools;
  readonly logger: Logger;
  readonly log: RequestLog;
  /** What is not well with the stores, in a few words; undefined when all is well. */
  readonly degraded: () => string | undefined;
  /** What answers paths of Warmfront's own, before the routes: it says so in the request's note, or passes the request on. */
  readonly mounts: readonly RequestHandler[];
}

/** What the store had for a request before it came here. */
const READ = Symbol("read");

interface WithRead {
  [READ]?: RecordRead;
}

/** The listener for what the front leaves over. */
export function createFallback(options: AppOptions): FrontOptions["fallback"] {
  const app = createApp(options);
  return (req, res, read) => {
    if (read !== undefined) (req as WithRead)[READ] = read;
    app(req, res);
  };
}

function createApp(options: AppOptions): Express {
  const { routeOf, tools, logger, log, degraded, mounts } = options;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use((req, res, next) => {
    const note = noteOf(req);
    res.once("close", () => log(req, res, note));
    next();
  });
  app.get("/healthz", (req, res) => sendHealth(req, res, degraded()));
  for (const mount of mounts) app.use(mount);
  app.use(async (req, res, next) => {
    const served = routeOf(req.url);
    if (served === undefined) return next();
    await exchange(tools, { req, res, served, note: noteOf(req), read: (req as WithRead)[READ] });
  });
  app.use((req, res) => sendNoRoute(req, res));
  app.use(errorHandler(logger));
  return app;
}

/** The front works without its store, so a lost store is a note and not a failure. */
function sendHealth(req: IncomingMessage, res: ServerResponse, note: string | undefined): void {
  noteOf(req).outcome = "health";
  res.writeHead(200, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" });
  res.end(
    req.method === "HEAD" ? undefined : `OK${note === undefined ? "" : `\ndegraded: ${note}`}`,
  );
}

function sendNoRoute(req: IncomingMessage, res: ServerResponse): void {
  const note = noteOf(req);
  note.outcome = "no-route";
  const wellFormed = req.url?.startsWith("/") === true;
  const problem = wellFormed
    ? { status: 404, type: "no-route", detail: "No route is configured for this path." }
    : {
        status: 400,
        type: "bad-target",
        detail: "The request target is refused: not-origin-form.",
      };
  sendProblem(req, res, problem, { id: note.id });
}

function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const note = noteOf(req);
    note.outcome = error instanceof SourceError ? error.fault : "error";
    note.detail = messageOf(error);
    if (!(error instanceof SourceError))
      logger.error({ id: note.id, err: error }, "A request failed");
    sendProblem(req, res, problemOf(error), {
      id: note.id,
      cacheStatus: "warmfront; fwd=miss; detail=source-failed",
    });
  };
}
