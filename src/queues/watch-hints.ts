/** Hints that a job has changed: one reader of BullMQ's events for each queue that somebody watches. */
import { QueueEvents } from "bullmq";
import type { Logger } from "../logger.ts";
import type { RedisClient } from "../redis/connect.ts";
import { queuePrefix } from "../redis/keys.ts";
import type { QueueName } from "./jobs.ts";

export interface HintOptions {
  /** A patient connection, asked for once. */
  readonly patient: () => RedisClient;
  readonly onHint: (queue: QueueName, id: string) => void;
  readonly logger: Logger;
}

export interface Hints {
  /** From now on changes of this queue's jobs are heard. Idempotent. */
  follow(queue: QueueName): void;
  /** Leaves the connection open. */
  close(): Promise<void>;
}

/** Everything that changes what is told of a job. */
const EVENTS = [
  ...["waiting", "active", "progress", "completed", "failed", "delayed", "stalled"],
  ...["removed", "added", "deduplicated"],
] as const;

/** What happened while the reader was starting is heard too, as far as the clocks agree. */
const BACK_MS = 5_000;

export function createHints({ patient, onHint, logger }: HintOptions): Hints {
  const readers = new Map<QueueName, QueueEvents>();
  let connection: RedisClient | undefined;
  return {
    follow(queue) {
      if (readers.has(queue)) return;
      connection ??= patient();
      const events = new QueueEvents(queue, {
        connection,
        prefix: queuePrefix(queue),
        lastEventId: `${Date.now() - BACK_MS}-0`,
        skipVersionCheck: true,
      });
      events.on("error", (err) => logger.debug({ err, queue }, "The events of jobs are not heard"));
      for (const name of EVENTS)
        events.on(name as "waiting", ({ jobId }: { jobId: string }) => onHint(queue, jobId));
      readers.set(queue, events);
    },
    async close() {
      await Promise.all([...readers.values()].map((events) => events.close()));
    },
  };
}
