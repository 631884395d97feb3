/** Who may use the control plane: without a token anybody on this machine, else whoever has one. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import { LRUCache } from "lru-cache";
import type { Operator } from "../../config/control.ts";
import { sendProblem } from "../problem.ts";
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

const CHALLENGES = ['Bearer realm="warmfront"', 'Basic realm="warmfront", charset="UTF-8"'];

interface Known extends Identity {
  readonly digest: Buffer;
}

function requireToken(known: readonly Known[]): RequestHandler {
  const failures = createFailures();
  return (req, res, next) => {
    const address = req.socket.remoteAddress ?? "";
    const retryAfter = failures.blockedFor(address);
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
    if (given !== undefined) failures.add(address);
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
