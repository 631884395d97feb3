/** What may not pass at all: messages that can be read in two ways, and requests that go round in circles. */
import type { IncomingMessage } from "node:http";
import { targetRefusal } from "../cache/target.ts";
import { valuesOf } from "../fields.ts";
import type { Problem } from "./problem.ts";
import { hopsOf } from "./request.ts";
import type { ServedRoute } from "./routes.ts";

/**
 * Methods that are for intermediaries and those who run them. A source that lets its neighbours purge would take us for one of them; TRACE shows
 * scripts what is hidden from them.
 */
const NOT_PASSED_ON = new Set(["PURGE", "TRACE"]);

/** Warmfronts that a request may pass through one after another. */
const MOST_HOPS = 5;

/** Connections that end with an answer already given. The server parses on all the same: what it finds there is nobody's request. */
const ending = new WeakSet<object>();

export function refusalOf(req: IncomingMessage, served: ServedRoute): Problem | undefined {
  const problem = ending.has(req.socket)
    ? badRequest("bad-framing", "The message before this one ended the connection.")
    : faultOf(req, served);
  if (problem?.close) ending.add(req.socket);
  return problem;
}

function faultOf(req: IncomingMessage, served: ServedRoute): Problem | undefined {
  const refusal = targetRefusal(req.url as string, served.route);
  if (refusal !== undefined)
    return badRequest("bad-target", `The request target is refused: ${refusal}.`);
  if (!namesOneHost(req))
    return badRequest("bad-host", "A request has one Host, and it is a host with or without port.");
  if (NOT_PASSED_ON.has(req.method as string)) {
    const detail = `${req.method} is not passed on; operators purge on the control plane.`;
    return { status: 501, type: "method-refused", detail };
  }
  if (hopsOf(req.rawHeaders) >= MOST_HOPS) {
    const detail = "The request has come through Warmfront too often: its routes lead to itself.";
    return { status: 508, type: "loop", detail };
  }
  return framingRefusal(req, served);
}

/** Where the body ends must be beyond doubt (RFC 9112 §6.1). Preset `api` takes no GET with a body: sources that read it disagree with their own URLs. */
function framingRefusal(req: IncomingMessage, served: ServedRoute): Problem | undefined {
  const coding = req.headers["transfer-encoding"];
  if (req.httpVersion !== "1.1" && (coding !== undefined || req.httpVersion !== "1.0"))
    return badRequest("bad-framing", `HTTP/${req.httpVersion} has no such message.`);
  if (coding !== undefined && coding.toLowerCase() !== "chunked")
    return badRequest("bad-framing", "The only transfer coding of a request is chunked.");
  const isGet = req.method === "GET" || req.method === "HEAD";
  if (served.route.preset === "api" && isGet && hasBody(req))
    return badRequest("body-on-get", `A ${req.method} request with a body is refused.`);
  return undefined;
}

/** What follows on the connection may not be what it seems, so it ends. */
function badRequest(type: string, detail: string): Problem {
  return { status: 400, type, detail, close: true };
}

/** RFC 3986 §3.2.2 and §3.2.3, without userinfo. */
const HOST = /^(?:\[[0-9a-f:.]+\]|(?:[a-z0-9\-._~!$&'()*+,;=]|%[0-9a-f]{2})*)(?::\d*)?$/i;

/** RFC 9112 §3.2. That an HTTP/1.1 request has a Host at all is the server's to say. */
function namesOneHost(req: IncomingMessage): boolean {
  const hosts = valuesOf(req.rawHeaders, "host");
  return hosts.length < 2 && HOST.test(hosts[0] ?? "");
}

export function hasBody(req: IncomingMessage): boolean {
  const length = req.headers["content-length"];
  return req.headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}
