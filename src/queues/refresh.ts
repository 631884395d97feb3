/** Asking for a refresh: one job per stored response at a time, however many ask. */
import { createHash, randomUUID } from "node:crypto";
import { Queue } from "bullmq";
import { LRUCache } from "lru-cache";
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { RedisClient } from "../redis/connect.ts";
import { queuePrefix } from "../redis/keys.ts";
import { JOBS, type JobPayloads, readPayload } from "./jobs.ts";
import { within } from "./within.ts";

type Payload = JobPayloads["refresh"];

interface Enqueued {
  readonly jobId: string;
  /** Whether the job was there already. */
  readonly joined: boolean;
}

interface EnqueueOptions {
  /** 1 runs first; jobs without one run before all that have one. */
  readonly priority?: number;
  /** Not before this many milliseconds from now. */
  readonly delayMs?: number;
}

export interface RefreshQueue {
  /** Rejects with `EnqueueError` within the limit when Redis does not take the job, and with `PayloadError`. */
  enqueue(payload: Payload, options?: EnqueueOptions): Promise<Enqueued>;
  /** Leaves the connection open. */
  close(): Promise<void>;
}

/** The job was not added, or Redis did not say so in time. The message is safe to log. */
export class EnqueueError extends Error {
  override readonly name = "EnqueueError";
}

export interface RefreshQueueOptions {
  /** An impatient connection: commands fail while Redis is away instead of waiting for it. */
  readonly connection: RedisClient;
  readonly logger: Logger;
  readonly attempts?: number;
  readonly backoffMs?: number;
  /** Longest that one call takes. */
  readonly limitMs?: number;
  /** For this long after a job was added, asking for the same again is answered without asking Redis. 0: always ask. */
  readonly rememberMs?: number;
}

/** Most jobs that are remembered as just added. */
const REMEMBERED = 10_000;
/** After a failure calls fail at once for this long: a Redis that hangs would else hold up every caller. */
const REST_MS = 1_000;

export function createRefreshQueue(options: RefreshQueueOptions): RefreshQueue {
  const { limitMs = 250, rememberMs = 1_000 } = options;
  const queue = openQueue(options);
  const recent = new LRUCache<string, Promise<Enqueued>>({ max: REMEMBERED });
  const add = createAdd(queue, options.connection, limitMs);

  async function enqueue(payload: Payload, more: EnqueueOptions = {}): Promise<Enqueued> {
    const identity = deduplicationId(payload);
    const known = recent.get(identity);
    if (known !== undefined) return { ...(await known), joined: true };
    const adding = add(readPayload("refresh", payload), identity, more);
    recent.set(identity, adding);
    try {
      const enqueued = await adding;
      if (rememberMs > 0) recent.set(identity, adding, { ttl: rememberMs });
      else recent.delete(identity);
      return enqueued;
    } catch (error) {
      recent.delete(identity);
      throw error;
    }
  }

  return { enqueue, close: () => queue.close() };
}

/** What two jobs for the same stored response, or the same item, have in common. */
export function deduplicationId(payload: Payload): string {
  return createHash("sha256").update(identityOf(payload)).digest("base64url");
}

function identityOf(payload: Payload): string {
  if ("item" in payload) return `item:${payload.item}`;
  const { route } = payload;
  if ("target" in payload) return `target:${route.length}:${route}:${payload.target}`;
  return `${route.length}:${route}:${payload.key}`;
}

/** Adds one job, or fails within `limitMs`. */
function createAdd(queue: Queue, connection: RedisClient, limitMs: number) {
  let restUntil = 0;
  const fail = (why: string, options?: ErrorOptions): never => {
    restUntil = performance.now() + REST_MS;
    throw new EnqueueError(`The job was not added: ${why}`, options);
  };
  return async (payload: Payload, identity: string, more: EnqueueOptions): Promise<Enqueued> => {
    if (connection.status !== "ready") throw new EnqueueError("The queue's Redis is away.");
    if (performance.now() < restUntil) throw new EnqueueError("The queue failed a moment ago.");
    const jobId = randomUUID();
    const adding = queue.add("refresh", payload, {
      jobId,
      deduplication: { id: identity },
      ...(more.priority !== undefined && { priority: more.priority }),
      ...(more.delayMs !== undefined && { delay: more.delayMs }),
    });
    const added = await within(limitMs, adding).catch((cause) => fail(messageOf(cause), { cause }));
    if (added === undefined) return fail("Redis did not answer in time.");
    return { jobId: added.id as string, joined: added.id !== jobId };
  };
}

function openQueue({ connection, logger, attempts, backoffMs }: RefreshQueueOptions): Queue {
  const spec = JOBS.refresh;
  const queue = new Queue("refresh", {
    connection,
    prefix: queuePrefix("refresh"),
    // Its outcome is kept for good, so one that fails on a shaky connection would never be mended.
    skipVersionCheck: true,
    defaultJobOptions: {
      attempts: attempts ?? spec.attempts,
      backoff: { type: "exponential", delay: backoffMs ?? spec.backoffMs, jitter: spec.jitter },
      removeOnComplete: retention(spec.keepCompleted),
      removeOnFail: retention(spec.keepFailed),
      keepLogs: spec.logLines,
      stackTraceLimit: 3,
    },
  });
  queue.on("error", (err) => logger.debug({ err, queue: "refresh" }, "The queue has a fault"));
  return queue;
}

function retention({ ageMs, count }: { ageMs: number; count: number }) {
  return { age: ageMs / 1_000, count };
}
