/** Around a command that works on the queue: its Redis found and connected, and let go of at the end. */
import { join, resolve } from "node:path";
import type { Config, RedisTarget } from "../config/config.ts";
import { askNobody } from "../config/default-route.ts";
import { loadConfig } from "../config/load.ts";
import { SetupError } from "../errors.ts";
import { createLogger, type Logger } from "../logger.ts";
import { type OpenQueues, openQueues } from "../queues/open.ts";
import { connectForRequests, type RedisClient, whenReady } from "../redis/connect.ts";
import { storeSocket } from "../store/embedded/role.ts";

export interface QueueRole {
  readonly config: Config;
  readonly connection: RedisClient;
  readonly logger: Logger;
}

/** Longest that one command of Redis may take. */
const COMMAND_MS = 10_000;
const READY_MS = 3_000;

/** Runs `work` on the Redis that the configuration names, else on that of a Warmfront that runs with its own in the data folder. */
export async function withQueueRole<T>(
  options: { readonly config?: string },
  work: (role: QueueRole) => Promise<T>,
): Promise<T> {
  const logger = createLogger({ level: "silent", pretty: false });
  const config = await loadConfig({ argv: { config: options.config }, registry: askNobody });
  const { queue, cache } = config.redis;
  const given = queue ?? cache;
  const target = given ?? embedded(config);
  const connection = connectForRequests(target, { role: "queue", budgetMs: COMMAND_MS, logger });
  try {
    if (!(await whenReady(connection, READY_MS))) throw new SetupError(noAnswer(given, config));
    return await work({ config, connection, logger });
  } finally {
    connection.disconnect();
  }
}

/** The same, with all queues open. */
export function withQueues<T>(
  options: { readonly config?: string },
  work: (queues: OpenQueues, role: QueueRole) => Promise<T>,
): Promise<T> {
  return withQueueRole(options, async (role) => {
    const queues = openQueues(role);
    try {
      return await work(queues, role);
    } finally {
      await queues.close();
    }
  });
}

function embedded({ dataDir }: Config): RedisTarget {
  return { kind: "socket", path: storeSocket(join(resolve(dataDir), "store", "queue")) };
}

function noAnswer(given: RedisTarget | undefined, { dataDir }: Config): string {
  return given === undefined
    ? `No Redis is configured, and no Warmfront runs with its own in ${resolve(dataDir)}.\nSet REDIS_URL (redis.url) as the workers have it, or run this where Warmfront runs.`
    : "The Redis for the queue does not answer.\nCheck REDIS_URL (redis.url): address, port, password, and that it runs.";
}
