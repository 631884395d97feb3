/** Reads the stream of purges as it grows, for as long as the process runs. */
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { RedisClient } from "../../redis/connect.ts";
import type { PurgeMarkers } from "./purge.ts";
import { readPurges } from "./stream.ts";

/** Markers in one command. */
export const PAGE = 1_000;
const BLOCK_MS = 5_000;
/** How much longer an answer may take before its connection is given up. */
const SILENCE_MS = 2_000;
/** Wait before asking again after a fault. */
const REST_MS = 500;

export class PurgeFollower {
  /** Where reading goes on: all that stands up to here is known. */
  last = "0";
  /** Whether the end of the stream was reached once. */
  caughtUp = false;
  /** Resolves when it was. */
  readonly known: Promise<void>;
  readonly #reader: RedisClient;
  readonly #markers: PurgeMarkers;
  readonly #logger: Logger;
  #onKnown: () => void = () => {};
  #stopped = false;

  constructor(reader: RedisClient, markers: PurgeMarkers, logger: Logger) {
    this.#reader = reader;
    this.#markers = markers;
    this.#logger = logger;
    this.known = new Promise((resolve) => {
      this.#onKnown = resolve;
    });
    // Another server may have taken over, whose clock names later purges with earlier ids. Hearing of a purge twice does no harm.
    reader.on("ready", () => {
      if (this.caughtUp) this.last = "0";
    });
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#reader.disconnect();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#readOn();
      } catch (error) {
        if (this.#stopped) return;
        this.#logger.warn({ reason: messageOf(error) }, "Purges cannot be read right now");
        await new Promise((resolve) => setTimeout(resolve, REST_MS).unref());
      }
    }
  }

  async #readOn(): Promise<void> {
    const after = this.last;
    const page = await this.#unlessSilent(() =>
      readPurges(this.#reader, after, PAGE, this.caughtUp ? BLOCK_MS : undefined),
    );
    for (const marker of page.markers) this.#markers.add(marker);
    if (page.misread > 0)
      this.#logger.error({ count: page.misread }, "Purges could not be understood");
    if (this.last === after) this.last = page.last;
    if (page.markers.length === PAGE) return;
    this.caughtUp = true;
    this.#onKnown();
  }

  /** A connection on which nothing comes any more is made anew; what was asked on it is then asked again. */
  async #unlessSilent<T>(read: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => {
      if (this.#reader.status === "ready") this.#reader.disconnect(true);
    }, BLOCK_MS + SILENCE_MS);
    try {
      return await read();
    } finally {
      clearInterval(timer);
    }
  }
}
