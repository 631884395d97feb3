/** All queues, opened for looking at them and for what an operator does to them. */
import { Queue } from "bullmq";
import type { Logger } from "../logger.ts";
import type { RedisClient } from "../redis/connect.ts";
import { queuePrefix } from "../redis/keys.ts";
import { JOBS } from "./jobs.ts";
import { within } from "./within.ts";

export interface OpenQueues {
  readonly queues: readonly { readonly queue: Queue; readonly about: string }[];
  /** To their Redis. */
  readonly connection: RedisClient;
  /** Whether their Redis answers right now; asks it, and takes a second at most. */
  available(): Promise<boolean>;
  /** Leaves the connection open. */
  close(): Promise<void>;
}

export interface OpenQueuesOptions {
  /** An impatient connection. */
  readonly connection: RedisClient;
  readonly logger: Logger;
}

const PING_MS = 1_000;

export function openQueues({ connection, logger }: OpenQueuesOptions): OpenQueues {
  const queues = Object.entries(JOBS).map(([name, { about }]) => {
    const queue = new Queue(name, {
      connection,
      prefix: queuePrefix(name),
      skipVersionCheck: true,
      skipMetasUpdate: true,
    });
    queue.on("error", (err) => logger.debug({ err, queue: name }, "The queue has a fault"));
    return { queue, about };
  });
  return {
    queues,
    connection,
    async available() {
      if (connection.status !== "ready") return false;
      const answer = connection.ping().catch(() => undefined);
      return (await within(PING_MS, answer)) === "PONG";
    },
    async close() {
      await Promise.all(queues.map(({ queue }) => queue.close()));
    },
  };
}
