/** Messages of a channel. Those sent while the connection is away are lost. */
import { Cluster } from "ioredis";
import type { RedisClient } from "./connect.ts";

/** Listens on a connection of its own, made like the given one, until stopped. */
export function subscribe(
  like: RedisClient,
  channel: string,
  onMessage: (message: string) => void,
): { stop(): void } {
  const subscriber: RedisClient = like instanceof Cluster ? like.duplicate() : like.duplicate();
  // The connection that it was made after tells of losses.
  subscriber.on("error", () => undefined);
  subscriber.on("message", (_channel: string, message: string) => onMessage(message));
  // It subscribes again by itself; this fails only when it is closed before.
  subscriber.subscribe(channel).catch(() => undefined);
  return { stop: () => subscriber.disconnect() };
}
