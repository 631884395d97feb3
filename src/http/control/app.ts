/** The control plane: what operators see and do. */
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type Router,
} from "express";
import type { Role } from "../../config/control.ts";
import type { Logger } from "../../logger.ts";
import type { OpenQueues } from "../../queues/open.ts";
import { sendProblem } from "../problem.ts";
import { authenticate, type Tokens } from "./auth.ts";
import { BOARD_PATH, createBoard } from "./board.ts";
import { createHealthRouter, type Readiness } from "./health.ts";
import { escapeHtml, page } from "./page.ts";
import { requireRole, usualRole } from "./roles.ts";
import { requireSameOrigin } from "./same-origin.ts";
import { securityHeaders } from "./security-headers.ts";

/** One more part of the control plane, behind the same guards as the board. */
export interface ControlPart {
  readonly path: string;
  readonly title: string;
  /** One sentence for the index page. */
  readonly about: string;
  readonly router: Router;
  /** What a request needs; absent: looking is for viewers, and the rest for operators. */
  readonly role?: (req: Request) => Role;
}

/** Without any token it is open to whoever comes under a loopback name. */
export interface ControlOptions extends Tokens {
  readonly queues: OpenQueues;
  readonly readiness: () => Readiness;
  readonly parts?: readonly ControlPart[];
  readonly logger: Logger;
}

export function createControlApp(options: ControlOptions): Express {
  const { queues, readiness, parts = [], logger } = options;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(securityHeaders);
  // Probes have no token, and learn nothing but how the process is.
  app.use(createHealthRouter(readiness));
  app.use(authenticate(options), requireSameOrigin);
  const index = indexPage(parts);
  app.get("/", (_req, res) => {
    res.type("html").send(index);
  });
  app.use(BOARD_PATH, requireRole(usualRole, logger), createBoard(queues, logger));
  for (const { path, router, role = usualRole } of parts)
    app.use(path, requireRole(role, logger), router);
  app.use((req, res) => {
    const detail = "The control plane has nothing here; / lists what it has.";
    sendProblem(req, res, { status: 404, type: "not-found", detail });
  });
  app.use(handleError(logger));
  return app;
}

function indexPage(parts: readonly Omit<ControlPart, "router">[]): string {
  const listed = [
    { path: BOARD_PATH, title: "Jobs", about: "Every queue and job in Bull Board." },
    ...parts,
    { path: "/readyz", title: "Readiness", about: "How this process and its stores are." },
    { path: "/livez", title: "Liveness", about: "Whether this process is alive." },
  ];
  const items = listed.map(
    ({ path, title, about }) =>
      `<dt><a href="${escapeHtml(path)}">${escapeHtml(title)}</a></dt><dd>${escapeHtml(about)}</dd>`,
  );
  return page("Warmfront", `<dl>\n${items.join("\n")}\n</dl>`);
}

/** A fault of the client has a status (bad JSON, too large); anything else is ours and goes to the log. */
function handleError(logger: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const { status } = error as { status?: unknown };
    if (typeof status === "number" && status >= 400 && status < 500) {
      const detail = "The request could not be read.";
      return sendProblem(req, res, { status, type: "bad-request", detail });
    }
    logger.error({ err: error, method: req.method, path: req.path }, "A control request failed");
    const detail = "Warmfront failed to answer; its log says why.";
    sendProblem(req, res, { status: 500, type: "internal", detail });
  };
}
