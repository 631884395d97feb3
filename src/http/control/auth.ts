/** Who may use the control plane: without a token anybody on this machine, else whoever has the token. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import { LRUCache } from "lru-cache";
import { sendProblem } from "../problem.ts";
import { hostOf, isLoopback } from "./loopback.ts";

/** The middleware for a configured token, or for none. */
export function authenticate(token: string | undefined): RequestHandler {
  return token === undefined ? requireLoopbackName : requireToken(token);
}

/**
 * A page of another site whose name was made to resolve to this machine (DNS rebinding) still sends its own name. Nothing else
 * tells it from the operator when there is no token.
 */
const requireLoopbackName: RequestHandler = (req, res, next) => {
  const host = hostOf(req.headers.host);
  if (host !== undefined && isLoopback(host)) return next();
  sendProblem(req, res, {
    status: 403,
    type: "foreign-host",
    detail: "Without CONTROL_TOKEN the control plane answers only under a loopback name.",
  });
};

const CHALLENGES = ['Bearer realm="warmfront"', 'Basic realm="warmfront", charset="UTF-8"'];

function requireToken(token: string): RequestHandler {
  const expected = digest(token);
  const failures = createFailures();
  return (req, res, next) => {
    const address = req.socket.remoteAddress ?? "";
    const retryAfter = failures.blockedFor(address);
    if (retryAfter > 0) {
      const detail = "Too many wrong tokens came from this address.";
      return sendProblem(req, res, { status: 429, type: "too-many-failures", detail, retryAfter });
    }
    const given = tokenOf(req);
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return next();
    if (given !== undefined) failures.add(address);
    res.setHeader("WWW-Authenticate", CHALLENGES);
    const detail =
      "Send CONTROL_TOKEN as a Bearer token, or as the password of any user with Basic.";
    sendProblem(req, res, { status: 401, type: "unauthenticated", detail });
  };
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

const MOST_FAILURES = 10;
const WINDOW_MS = 60_000;

/** Counts wrong tokens per address in windows of a minute. */
function createFailures() {
  const counts = new LRUCache<string, number>({ max: 10_000, ttl: WINDOW_MS, noUpdateTTL: true });
  return {
    /** Seconds until the address may try again; 0 when it may. */
    blockedFor(address: string): number {
      if ((counts.get(address) ?? 0) < MOST_FAILURES) return 0;
      return Math.max(1, Math.ceil(counts.getRemainingTTL(address) / 1_000));
    },
    add(address: string): void {
      counts.set(address, (counts.get(address) ?? 0) + 1);
    },
  };
}
