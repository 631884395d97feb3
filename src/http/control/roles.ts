/** What whoever asks the control plane may do. */
import type { IncomingMessage } from "node:http";
import type { Request, RequestHandler } from "express";
import { includesRole, type Role } from "../../config/control.ts";
import type { Logger } from "../../logger.ts";
import { sendProblem } from "../problem.ts";
import { identityOf } from "./identity.ts";
import { isSafe } from "./same-origin.ts";
import { whoOf } from "./who.ts";

/** Whether whoever asks may do what `needed` may. */
export function hasRole(req: IncomingMessage, needed: Role): boolean {
  const identity = identityOf(req);
  return identity !== undefined && includesRole(identity.role, needed);
}

/** Looking is for everybody, and changing anything for operators. */
export function usualRole(req: Pick<Request, "method">): Role {
  return isSafe(req) ? "viewer" : "operator";
}

/** Refuses whoever may not do what they ask for. */
export function requireRole(
  needed: (req: Request) => Role,
  logger: Pick<Logger, "warn">,
): RequestHandler {
  return (req, res, next) => {
    const role = needed(req);
    if (hasRole(req, role)) return next();
    logger.warn({ who: whoOf(req), method: req.method, path: req.path, role }, "Refused: role");
    sendProblem(req, res, { status: 403, type: "role-missing", detail: roleMissing(req, role) });
  };
}

/** Why somebody is refused, as a sentence. */
export function roleMissing(req: IncomingMessage, needed: Role): string {
  const role = identityOf(req)?.role ?? "nobody";
  return `This needs the role ${needed}, and you have the role ${role}.`;
}
