/** Keeps pages of other sites from changing anything through an operator's browser. */
import type { IncomingMessage } from "node:http";
import type { Request, RequestHandler } from "express";
import { sendProblem } from "../problem.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether a request only looks (RFC 9110 §9.2.1). */
export function isSafe({ method }: Pick<Request, "method">): boolean {
  return SAFE.has(method);
}

/** Refuses unsafe methods that a browser sends on behalf of another origin. */
export const requireSameOrigin: RequestHandler = (req, res, next) => {
  if (isSafe(req) || isBearer(req) || isSameOrigin(req)) return next();
  sendProblem(req, res, {
    status: 403,
    type: "cross-origin",
    detail: "Changes are accepted only from pages of this origin, or with a Bearer token.",
  });
};

/** No browser adds a Bearer token by itself, and a script of another origin may not: nothing here allows it by CORS. */
function isBearer(req: IncomingMessage): boolean {
  return /^bearer /i.test(req.headers.authorization ?? "");
}

/** Clients that are not browsers send neither field; browsers send at least Origin with every unsafe method. */
function isSameOrigin(req: IncomingMessage): boolean {
  const site = req.headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin" || site === "none";
  const { origin, host } = req.headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
