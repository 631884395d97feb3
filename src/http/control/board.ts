/** Bull Board, with what it lacks: roles, an audit, redaction, and an answer when Redis is away. */
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import type { HTTPStatus } from "@bull-board/api/typings/app";
import { ExpressAdapter } from "@bull-board/express";
import express, { type Request, type RequestHandler, type Response, type Router } from "express";
import type { Logger } from "../../logger.ts";
import { createJobAudit } from "../../queues/audit.ts";
import type { OpenQueues } from "../../queues/open.ts";
import { redactText } from "../../queues/redact.ts";
import { sendProblem } from "../problem.ts";
import { createBoardGuard } from "./board-guard.ts";
import { createBoardPage } from "./board-page.ts";
import { page } from "./page.ts";
import { QUEUES_AWAY } from "./queues-away.ts";

/** Where the board is mounted. */
export const BOARD_PATH = "/board";

export function createBoard(open: OpenQueues, logger: Logger): Router {
  const { queues, available } = open;
  const guard = createBoardGuard(open, createJobAudit(open.connection), logger);
  const adapter = new ExpressAdapter();
  adapter.setBasePath(BOARD_PATH);
  createBullBoard({
    queues: queues.map(adapterOf),
    serverAdapter: adapter,
    options: {
      uiConfig: { boardTitle: "Warmfront", hideDocsLink: true, hideRedisDetails: true },
      handlerHooks: guard.hooks,
    },
  });
  // Set by createBullBoard too, with texts as they were thrown.
  adapter.setErrorHandler((error: Error & { statusCode?: HTTPStatus }) => ({
    status: error.statusCode ?? 500,
    body: {
      error: { key: "ERRORS.INTERNAL_SERVER_ERROR" },
      message: redactText(error.message),
    },
  }));
  const board = adapter.getRouter();
  board.disable("x-powered-by");
  board.disable("etag");
  const router = express.Router();
  router.use(createBoardPage(available), requireQueues(available), guard.middleware, board);
  return router;
}

function adapterOf({ queue, about }: OpenQueues["queues"][number]): BullMQAdapter {
  const adapter = new BullMQAdapter(queue, { description: about });
  // BullMQ calls both delayed: a job that waits for its turn, and one that waits for an instant.
  adapter.setFormatter("name", ({ name, progress, finishedOn }) => {
    const { step, position } = (progress ?? {}) as { step?: unknown; position?: unknown };
    if (step !== "queued" || finishedOn) return name;
    return `${name}: queued, ${position} before it (not until the time shown)`;
  });
  return adapter;
}

/** Longest that one answer of the board takes. */
const LIMIT_MS = 10_000;

/** Answers 503 while the queues' Redis is away, or when it goes away in the middle of an answer. */
function requireQueues(available: () => Promise<boolean>): RequestHandler {
  return async (req, res, next) => {
    if (!(await available())) return sendUnavailable(req, res);
    const timer = setTimeout(() => sendUnavailable(req, res), LIMIT_MS);
    res.once("close", () => clearTimeout(timer));
    next();
  };
}

const RETRY_SECONDS = 5;

function sendUnavailable(req: Request, res: Response): void {
  if (res.headersSent) return;
  if (req.accepts(["json", "html"]) === "html") {
    res.status(503).set("Retry-After", String(RETRY_SECONDS));
    res.type("html").send(page("The queues are away", `<p>${QUEUES_AWAY}</p>`, RETRY_SECONDS));
    return;
  }
  const problem = {
    status: 503,
    type: "queue-away",
    detail: QUEUES_AWAY,
    retryAfter: RETRY_SECONDS,
  };
  sendProblem(req, res, problem);
}
