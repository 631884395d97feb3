/** Items on the data plane: their paths, who may read them, and what is answered. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestHandler } from "express";
import { pathOf } from "../cache/target.ts";
import type { ItemClient, ItemSettings } from "../config/items.ts";
import type { Instant } from "../fields.ts";
import { clientOf, mayRead } from "../items/clients.ts";
import type { Items } from "../items/items.ts";
import { CHALLENGES, credentialOf } from "./credential.ts";
import { sendFailure, sendItem, sendMethods } from "./item-answer.ts";
import type { RefreshBehind } from "./item-refreshing.ts";
import { noteOf } from "./note.ts";
import { type Problem, sendProblem } from "./problem.ts";
import type { Throttle } from "./throttle.ts";

export interface ItemsMountOptions {
  readonly items: Items;
  /** Who may read them now. */
  readonly clients: () => readonly ItemClient[];
  readonly throttle: Throttle;
  readonly now: () => Instant;
  readonly refreshBehind: RefreshBehind;
}

/** Answers exactly the paths of items, whatever their query, and passes all others on. */
export function createItemsMount(options: ItemsMountOptions): RequestHandler {
  const { items, now, refreshBehind } = options;
  return async (req, res, next) => {
    const path = pathOf(req.url);
    const settings = items.settingsOf(path);
    if (settings === undefined) return next();
    noteOf(req).route = path;
    if (req.method !== "GET" && req.method !== "HEAD") return sendMethods(req, res);
    if (!settings.isPublic && !isAllowed(options, req, res, path)) return;
    const served = await items.serve(path);
    if (served.outcome === "failed") return sendFailure(req, res, served, settings);
    if (served.refresh) refreshBehind(path, served.record.goodAt);
    sendItem(req, res, served, settings, now());
  };
}

/** Whether the request shows a token that may read the path. If not, it has been answered: 401 without one, 403 with another, 429 after many. */
function isAllowed(
  { clients, throttle, now }: ItemsMountOptions,
  req: IncomingMessage,
  res: ServerResponse,
  path: ItemSettings["path"],
): boolean {
  const shown = credentialOf(req);
  if (shown.kind !== "token") {
    res.setHeader("WWW-Authenticate", CHALLENGES);
    return refuse(req, res, UNAUTHENTICATED);
  }
  const address = req.socket.remoteAddress ?? "";
  const client = clientOf(clients(), shown.token, now());
  const retryAfter = throttle.blockedFor(address, client?.name);
  if (retryAfter > 0) return refuse(req, res, { ...BLOCKED, retryAfter });
  if (client === undefined) {
    throttle.failed(address);
    return refuse(req, res, FORBIDDEN);
  }
  throttle.succeeded(address, client.name);
  noteOf(req).detail = `client ${client.name}`;
  return mayRead(client, path) || refuse(req, res, FORBIDDEN);
}

function refuse(req: IncomingMessage, res: ServerResponse, problem: Problem): false {
  const note = noteOf(req);
  note.outcome = problem.type;
  sendProblem(req, res, problem, { id: note.id });
  return false;
}

const UNAUTHENTICATED: Problem = {
  status: 401,
  type: "unauthenticated",
  detail: "Send a token as Bearer token, or as user name with Basic authentication.",
};

/** Nothing tells an unknown token from one that may not read this path. */
const FORBIDDEN: Problem = {
  status: 403,
  type: "forbidden",
  detail: "This token may not read this path.",
};

const BLOCKED: Problem = {
  status: 429,
  type: "too-many-failures",
  detail: "Too many unknown tokens came from this address.",
};
