/** Bull Board's hooks: who may do what, a record of every change before it is made, and no secrets in what is shown. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { BoardHooks } from "@bull-board/api/typings/app";
import type { Request, RequestHandler } from "express";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { ActFacts, JobAct, JobAudit } from "../../queues/audit.ts";
import type { OpenQueues } from "../../queues/open.ts";
import { redactDeep, redactText } from "../../queues/redact.ts";
import { type BoardRight, boardRight } from "./board-rights.ts";
import { hasRole, roleMissing } from "./roles.ts";
import { whoOf } from "./who.ts";

export interface BoardGuard {
  /** Before the board: the hooks learn from it whose request it is. */
  readonly middleware: RequestHandler;
  readonly hooks: BoardHooks;
}

type Before = NonNullable<BoardHooks["before"]>;
type Context = Parameters<Before>[0];
/** What Bull Board hears when a request is not for it. */
interface Refusal {
  readonly allow: false;
  readonly status: 403 | 500;
  readonly message: string;
}

const NOT_OFFERED = "Warmfront does not offer this: jobs are neither added nor edited by hand.";
const NOT_RECORDED = "Nothing was changed: it could not be recorded who did it.";

export function createBoardGuard(
  { queues }: Pick<OpenQueues, "queues">,
  audit: JobAudit,
  logger: Logger,
): BoardGuard {
  const asking = new AsyncLocalStorage<Request>();
  const refuse = (req: Request | undefined, context: Context, message: string): Refusal => {
    const who = req === undefined ? "nobody" : whoOf(req);
    logger.warn({ who, method: context.method, route: context.route }, "Refused on the board");
    return { allow: false, status: 403, message };
  };
  const record = async (req: Request, right: BoardRight, context: Context) => {
    const act = await audit.add(await describe(queues, req, right, context));
    logger.info(act, "Done on the board");
    req.res?.once("finish", () => {
      if ((req.res?.statusCode ?? 0) >= 400) amend(act);
    });
  };
  const amend = (act: JobAct) => {
    logger.warn({ id: act.id, action: act.action }, "It failed");
    audit.fail(act).catch((error: unknown) => {
      logger.warn({ id: act.id, reason: messageOf(error) }, "The audit lacks that it failed");
    });
  };
  return {
    middleware: (req, _res, next) => asking.run(req, next),
    hooks: {
      async before(context) {
        const req = asking.getStore();
        const right = boardRight(context.method, context.route);
        if (right === undefined) return undefined;
        if (right === "refused") return refuse(req, context, NOT_OFFERED);
        if (req === undefined || !hasRole(req, right.needs))
          return refuse(
            req,
            context,
            req === undefined ? NOT_OFFERED : roleMissing(req, right.needs),
          );
        try {
          await record(req, right, context);
          return undefined;
        } catch (error) {
          logger.warn({ reason: messageOf(error) }, "A change on the board could not be recorded");
          return { allow: false, status: 500, message: NOT_RECORDED };
        }
      },
      // Formatters of single fields would leave out failures, logs and options.
      after(_context, result) {
        const req = asking.getStore();
        const mayAct = req !== undefined && hasRole(req, "operator");
        const body = redactDeep(mayAct ? result.body : readOnly(result.body));
        return { ...result, body: body as typeof result.body };
      },
    },
  };
}

/** Without the buttons: whoever may only look is not offered what they would be refused. */
function readOnly(body: unknown): unknown {
  const { queues } = (body ?? {}) as { queues?: unknown };
  if (!Array.isArray(queues)) return body;
  const shown = queues.map((queue: object) => ({
    ...queue,
    ...{ readOnlyMode: true, allowRetries: false, allowCompletedRetries: false },
  }));
  return { ...(body as object), queues: shown };
}

const LONGEST = 200;

async function describe(
  queues: OpenQueues["queues"],
  req: Request,
  { action, states, allQueues }: BoardRight,
  { request }: Context,
): Promise<ActFacts> {
  const { queueName, queueStatus, jobId, schedulerId } = (request.params ?? {}) as Record<
    string,
    string | undefined
  >;
  const what = jobId ?? schedulerId;
  const queue = queues.find((open) => open.queue.name === queueName)?.queue;
  const named = states?.map((state) => (state === ":queueStatus" ? `${queueStatus}` : state));
  const counted =
    named === undefined ? undefined : await queue?.getJobCountByTypes(...(named as []));
  return {
    who: whoOf(req),
    action: queueStatus === undefined ? action : `${action} ${shown(queueStatus)}`,
    ...(queueName !== undefined && { queue: shown(queueName) }),
    ...(what !== undefined && { what: shown(what) }),
    count: allQueues ? queues.length : (counted ?? 1),
  };
}

function shown(text: string): string {
  return redactText(text).slice(0, LONGEST);
}
