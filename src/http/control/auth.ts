/** Who may use the control plane: without a token anybody on this machine, else whoever has one. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import type { Operator } from "../../config/control.ts";
import { CHALLENGES } from "../credential.ts";
import { sendProblem } from "../problem.ts";
import { createThrottle } from "../throttle.ts";
import { type Identity, identify } from "./identity.ts";
import { hostOf, isLoopbackName } from "./loopback.ts";

export interface Tokens {
  /** Of an admin, who may give any name. */
  readonly token?: string | undefined;
  /** Those with tokens of their own. */
  readonly operators?: readonly Operator[] | undefined;
}

/** Says who it is (`identityOf`), or refuses. Without any token everybody who comes under a loopback name is an admin. */
export function authenticate({ token, operators = [] }: Tokens): RequestHandler {
  const admin = token === undefined ? [] : [{ role: "admin", digest: digest(token) } as const];
  const known = [...operators, ...admin];
  return known.length === 0 ? requireLoopbackName : requireToken(known);
}

/**
 * A page of another site whose name was made to resolve to this machine (DNS rebinding) still sends its own name. Nothing else
 * tells it from the operator when there is no token.
 */
const requireLoopbackName: RequestHandler = (req, res, next) => {
  const host = hostOf(req.headers.host);
  if (host !== undefined && isLoopbackName(host)) {
    identify(req, { role: "admin" });
    return next();
  }
  sendProblem(req, res, {
    status: 403,
    type: "foreign-host",
    detail: "Without CONTROL_TOKEN the control plane answers only under a loopback name.",
  });
};

interface Known extends Identity {
  readonly digest: Buffer;
}

function requireToken(known: readonly Known[]): RequestHandler {
  const throttle = createThrottle();
  return (req, res, next) => {
    const address = req.socket.remoteAddress ?? "";
    const retryAfter = throttle.blockedFor(address);
    if (retryAfter > 0) {
      const detail = "Too many wrong tokens came from this address.";
      return sendProblem(req, res, { status: 429, type: "too-many-failures", detail, retryAfter });
    }
    const given = tokenOf(req);
    const owner = given === undefined ? undefined : ownerOf(digest(given), known);
    if (owner !== undefined) {
      identify(req, owner);
      return next();
    }
    if (given !== undefined) throttle.failed(address);
    res.setHeader("WWW-Authenticate", CHALLENGES);
    const detail =
      "Send CONTROL_TOKEN (control.token), or one of control.tokens, as a Bearer token or as the password of any user with Basic.";
    sendProblem(req, res, { status: 401, type: "unauthenticated", detail });
  };
}

/** Compares with all of them, so that the time tells nothing. */
function ownerOf(given: Buffer, known: readonly Known[]): Known | undefined {
  return known.filter((each) => timingSafeEqual(each.digest, given))[0];
}

/** The token of a Bearer credential (RFC 6750 §2.1) or the password of a Basic one (RFC 7617 §2). */
function tokenOf(req: IncomingMessage): string | undefined {
  const [scheme, credential] = (req.headers.authorization ?? "").split(/ +/, 2);
  if (credential === undefined) return undefined;
  if (scheme?.toLowerCase() === "bearer") return credential;
  if (scheme?.toLowerCase() !== "basic") return undefined;
  const pair = Buffer.from(credential, "base64").toString();
  return pair.includes(":") ? pair.slice(pair.indexOf(":") + 1) : undefined;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
