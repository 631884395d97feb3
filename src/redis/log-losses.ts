import type { EventEmitter } from "node:events";
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";

/** By role: connections that are lost now, of all that log to one place. */
const lostOf = new WeakMap<Logger, Map<string, Set<EventEmitter>>>();

/** One line when a role is lost and one when it is back, however many connections it has and however often they are tried. */
export function logLosses<C extends EventEmitter>(client: C, role: string, logger: Logger): C {
  const lost = lostIn(logger, role);
  let lastFailure: string | undefined;
  client.on("error", (failure) => {
    lastFailure = messageOf(failure);
  });
  client.on("reconnecting", () => {
    if (lost.size === 0)
      logger.warn({ role, reason: lastFailure }, `The ${role} store cannot be reached; trying on.`);
    lost.add(client);
  });
  client.on("ready", () => {
    if (lost.delete(client) && lost.size === 0) logger.info({ role }, `The ${role} store is back.`);
  });
  client.on("end", () => lost.delete(client));
  return client;
}

function lostIn(logger: Logger, role: string): Set<EventEmitter> {
  const roles = lostOf.get(logger) ?? new Map<string, Set<EventEmitter>>();
  const lost = roles.get(role) ?? new Set<EventEmitter>();
  lostOf.set(logger, roles.set(role, lost));
  return lost;
}
