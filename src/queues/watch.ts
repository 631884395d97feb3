/** Watching jobs: what they are now, and every change of those that somebody waits for. */
import type { RedisClient } from "../redis/connect.ts";
import type { QueueName } from "./jobs.ts";
import { createJobReader, type JobReaderOptions } from "./read-job.ts";
import { hasEnded, type JobStatus } from "./status.ts";
import { createHints } from "./watch-hints.ts";

/** `status`: the job as it is, first and after every change; `gone`: there is no such job (any more), and nothing follows. */
export type WatchEvent =
  | { readonly type: "status"; readonly status: JobStatus }
  | { readonly type: "gone" };

type Listener = (event: WatchEvent) => void;

/** Watches jobs for one process. */
export interface JobWatcher {
  /**
   * The job as it is now; undefined when there is none of this id (any more). Rejects with `WatchError` when the queue's Redis does not
   * answer in time.
   */
  snapshot(queue: QueueName, id: string): Promise<JobStatus | undefined>;
  /**
   * Calls back with the job as it is, then whenever it has changed, until it has ended (`hasEnded`), is gone, or the returned function was
   * called. Nothing is called back while Redis is away; what was missed is told when it is back.
   */
  subscribe(queue: QueueName, id: string, listener: Listener): () => void;
  /** Ends every subscription without a call. Leaves the connections open. */
  close(): Promise<void>;
}

export interface JobWatcherOptions extends JobReaderOptions {
  /** A patient connection, asked for when the first job is watched. */
  readonly patient: () => RedisClient;
  /** How often a watched job is looked at without a hint: events can get lost. */
  readonly lookMs?: number;
}

const LOOK_MS = 15_000;

/** One look at a time for each job, however many ask; BullMQ's events are hints to look again, and are not believed. */
export function createJobWatcher(options: JobWatcherOptions): JobWatcher {
  const { lookMs = LOOK_MS, patient, logger } = options;
  const reader = createJobReader(options);
  const feeds = new Map<string, Feed>();
  const hints = createHints({
    patient,
    logger,
    onHint: (queue, id) => feeds.get(`${queue}:${id}`)?.look(),
  });
  const looks = new Map<string, Promise<JobStatus | undefined>>();
  const snapshot = (queue: QueueName, id: string) => {
    const name = `${queue}:${id}`;
    const running = looks.get(name);
    if (running !== undefined) return running;
    const look = reader.read(queue, id).finally(() => looks.delete(name));
    looks.set(name, look);
    return look;
  };
  return {
    snapshot,
    subscribe(queue, id, listener) {
      const name = `${queue}:${id}`;
      hints.follow(queue);
      let feed = feeds.get(name);
      if (feed === undefined) {
        // A look that began before the change it is asked about must not be joined.
        const read = () => reader.read(queue, id);
        const made = new Feed(read, lookMs, () => {
          // A listener of one that has ended leaves late, when there may be another of this name.
          if (feeds.get(name) === made) feeds.delete(name);
        });
        feed = made;
        feeds.set(name, feed);
      }
      return feed.add(listener);
    },
    async close() {
      for (const feed of feeds.values()) feed.end();
      await Promise.all([hints.close(), reader.close()]);
    },
  };
}

/** The listeners of one job. */
class Feed {
  /** What each listener was told last. */
  readonly #told = new Map<Listener, string>();
  readonly #read: () => Promise<JobStatus | undefined>;
  readonly #onEnd: () => void;
  readonly #timer: NodeJS.Timeout;
  #looking = false;
  #again = false;

  constructor(read: () => Promise<JobStatus | undefined>, lookMs: number, onEnd: () => void) {
    this.#read = read;
    this.#onEnd = onEnd;
    this.#timer = setInterval(() => this.look(), lookMs);
    this.#timer.unref();
  }

  add(listener: Listener): () => void {
    // The same function may watch twice.
    const own: Listener = (event) => listener(event);
    this.#told.set(own, "");
    this.look();
    return () => {
      this.#told.delete(own);
      if (this.#told.size === 0) this.end();
    };
  }

  /** Looks, and once more when it was asked to while it looked. */
  look(): void {
    this.#again = true;
    if (!this.#looking) void this.#lookOn();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#told.clear();
    this.#onEnd();
  }

  async #lookOn(): Promise<void> {
    this.#looking = true;
    while (this.#again && this.#told.size > 0) {
      this.#again = false;
      try {
        this.#tell(await this.#read());
      } catch {
        // Redis is away: the next look tells.
      }
    }
    this.#looking = false;
  }

  #tell(status: JobStatus | undefined): void {
    const event: WatchEvent = status === undefined ? { type: "gone" } : { type: "status", status };
    const text = JSON.stringify(event);
    for (const [listener, told] of this.#told) {
      if (told === text) continue;
      this.#told.set(listener, text);
      listener(event);
    }
    if (status === undefined || hasEnded(status)) this.end();
  }
}
