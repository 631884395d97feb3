/** Looks after lanes that stand still: a process died before it could wake the next job, or an operator took a job away. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../logger.ts";
import type { RedisClient } from "../redis/connect.ts";
import { laneKeys } from "../redis/keys.ts";

export interface LaneSweepOptions {
  readonly connection: RedisClient;
  readonly queue: string;
  /** Sees to one lane. */
  readonly sweep: (lane: string) => Promise<void>;
  /** How often the fleet sweeps, in milliseconds. */
  readonly everyMs?: number | undefined;
  /** What this process does at the same pace for itself. */
  readonly also?: () => Promise<void>;
  readonly logger: Logger;
}

const EVERY_MS = 5_000;
/** Share by which each wait differs, so that processes do not sweep in step. */
const JITTER = 0.25;
/** Lanes seen to at a time. */
const PAGE = 100;

/** Runs in every worker process; one of them sweeps in each period, and any can. */
export function startLaneSweep(options: LaneSweepOptions): { stop(): void } {
  const { everyMs = EVERY_MS, also, logger } = options;
  const stopping = new AbortController();
  void run();
  return { stop: () => stopping.abort() };

  async function run(): Promise<void> {
    while (await rested()) {
      try {
        await also?.();
        await sweepAll(options, everyMs);
      } catch (err) {
        logger.debug({ err, queue: options.queue }, "The lanes were not swept");
      }
    }
  }

  /** Whether it is time for the next look. */
  async function rested(): Promise<boolean> {
    const ms = everyMs * (1 - JITTER + 2 * JITTER * Math.random());
    return sleep(ms, true, { signal: stopping.signal, ref: false }).catch(() => false);
  }
}

async function sweepAll(options: LaneSweepOptions, everyMs: number): Promise<void> {
  const { connection, queue, sweep, logger } = options;
  // One that cannot be seen to holds up no other.
  const seeTo = (lane: string) =>
    sweep(lane).catch((err) => logger.debug({ err, queue }, "A lane was not swept"));
  const keys = laneKeys(queue);
  // A little less than a period: whoever comes next in the following one may.
  const mayI = await connection.set(keys.swept, "1", "PX", Math.ceil(everyMs / 2), "NX");
  if (mayI === null) return;
  let cursor = "0";
  do {
    const [next, lanes] = await connection.sscan(keys.lanes, cursor, "COUNT", PAGE);
    await Promise.all(lanes.map(seeTo));
    cursor = next;
  } while (cursor !== "0");
}
