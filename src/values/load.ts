/** Values that are made when there is none: one call per key in the fleet, the last value while it is made anew or cannot be. */
import { LRUCache } from "lru-cache";
import type { Instant } from "../fields.ts";
import { within } from "./clock.ts";
import type { Entries, EntryTools, Expected, Look } from "./entries.ts";
import { CacheConnectionError, CacheTimeoutError } from "./errors.ts";
import { Keeper, type KeepRules, type Made, type Making } from "./keep.ts";

/** Told to the function that makes a value. */
export interface LoadContext {
  /** Aborts when nobody can use the result any more. */
  readonly signal: AbortSignal;
}

/** One wish for a value. */
export interface Call extends Expected, KeepRules {
  readonly key: string;
  readonly load: (context: LoadContext) => unknown;
  /** After so long a stale value is given out, if stale-if-error allows. */
  readonly softTimeoutMs: number | undefined;
  /** After so long the caller is told no. */
  readonly hardTimeoutMs: number;
}

/** A wish that others may join until it is settled. */
type Running = Call & Pick<Making, "settle">;

type Stale = Extract<Look, { state: "fresh" | "stale" }>;

/** After a failure a stale value is given out for so long before the function is tried again. */
const PAUSE_MS = 5_000;
const MOST_PAUSES = 10_000;
/** How often somebody who joined asks again because what they joined was invalidated. */
const MOST_REPEATS = 2;

export class Loader {
  readonly #tools: EntryTools;
  readonly #entries: Entries;
  readonly #keeper: Keeper;
  readonly #running = new Map<string, Promise<Made>>();
  readonly #pausedUntil = new LRUCache<string, Instant>({
    // Not `max`, which takes all its room at once.
    ...{ maxSize: MOST_PAUSES, sizeCalculation: () => 1 },
  });

  constructor(tools: EntryTools, entries: Entries) {
    this.#tools = tools;
    this.#entries = entries;
    this.#keeper = new Keeper(tools, entries);
  }

  /** A hit from memory in the turn of its call: a promise costs more than all the rest of it. */
  async get(call: Call): Promise<unknown> {
    const { recorder, settings } = this.#tools;
    const { key } = call;
    const seen = this.#entries.peek(key, call) ?? (await this.#entries.look(key, call));
    if (seen.state === "fresh") {
      recorder.tell("hit", { key });
      return seen.value;
    }
    if (seen.state === "stale") {
      const now = settings.clock.now();
      if (now < seen.entry.revalidateUntil) return this.#revalidate(call, seen);
      if (now < seen.entry.onErrorUntil) return this.#tryAnew(call, seen);
    }
    const because = seen.state === "unknown" ? "unknown" : "absent";
    recorder.tell("miss", { key, because });
    if (because === "unknown" && !settings.failSilently)
      throw new CacheConnectionError("The cache store does not answer.");
    return this.#inTime(call);
  }

  /** Who asks from now on does not get what is being made for a key, or for any. */
  forget(key?: string): void {
    if (key === undefined) this.#running.clear();
    else this.#running.delete(key);
  }

  #revalidate(call: Call, { value }: Stale): unknown {
    const { key } = call;
    this.#tools.recorder.tell("stale", { key, because: "revalidating" });
    // Whoever cares hears of it by the event `load`.
    if (!this.#isPaused(key) && !this.#running.has(key)) this.#load(call).catch(() => {});
    return value;
  }

  async #tryAnew(call: Call, { value }: Stale): Promise<unknown> {
    const { recorder, settings } = this.#tools;
    const { key, softTimeoutMs = call.hardTimeoutMs } = call;
    let because: "error" | "slow" = "error";
    if (!this.#isPaused(key)) {
      const loading = this.#load(call);
      try {
        const made = await within(settings.clock, softTimeoutMs, loading);
        if (made !== undefined) return made.value;
        because = "slow";
        loading.catch(() => {});
      } catch {
        // Told by the event `load`.
      }
    }
    recorder.tell("stale", { key, because });
    return value;
  }

  async #inTime(call: Call): Promise<unknown> {
    const made = await within(this.#tools.settings.clock, call.hardTimeoutMs, this.#load(call));
    if (made === undefined)
      throw new CacheTimeoutError(`A value was not there after ${call.hardTimeoutMs} ms.`);
    return made.value;
  }

  /** Joins whoever is making the value in this process, or makes it. */
  async #load(call: Call, repeats = 0): Promise<unknown> {
    const running = this.#running.get(call.key);
    if (running === undefined) return (await this.#start(call)).value;
    const made = await running;
    if (made.outcome === "superseded" && repeats < MOST_REPEATS)
      return this.#load(call, repeats + 1);
    return made.entry === undefined ? made.value : this.#entries.valueOf(made.entry);
  }

  #start(call: Call): Promise<Made> {
    const { key } = call;
    const settle = () => {
      if (this.#running.get(key) === making) this.#running.delete(key);
    };
    const over = () => {
      stop();
      settle();
    };
    const making = this.#fly({ ...call, settle }).finally(over);
    const stop = this.#after(call.hardTimeoutMs, over);
    this.#running.set(key, making);
    return making;
  }

  #after(ms: number, run: () => void): () => void {
    return this.#tools.settings.clock.after(ms, run);
  }

  /** One call in the fleet: leads, or waits for who does. */
  async #fly(call: Running): Promise<Made> {
    const flight = await this.#tools.store.begin(this.#entries.nameOf(call.key));
    if (flight.role === "alone") return this.#make(call, flight.fence);
    if (flight.role === "follow") {
      const outcome = await flight.settled(call.hardTimeoutMs);
      if (outcome === "stored") call.settle();
      const found = outcome === "stored" ? await this.#find(call) : undefined;
      // The flight's own fence may be from before a removal; without a store the value is kept nowhere else.
      return found ?? this.#make(call, await this.#tools.store.fence().catch(() => flight.fence));
    }
    let outcome: Made["outcome"] | "failed" = "failed";
    // A function that never ends must not keep others from trying.
    const stop = this.#after(call.hardTimeoutMs, () => void flight.end("failed"));
    try {
      // It may have been stored between the look and the lead.
      const made = (await this.#find(call)) ?? (await this.#make(call, flight.fence));
      outcome = made.outcome;
      return made;
    } finally {
      stop();
      const shared = outcome === "stored" || outcome === "unshareable" ? outcome : "failed";
      void flight.end(shared);
    }
  }

  async #find(call: Call): Promise<Made | undefined> {
    const seen = await this.#entries.look(call.key, call);
    if (seen.state !== "fresh") return undefined;
    return { value: seen.value, entry: seen.entry, outcome: "stored" };
  }

  async #make(call: Running, fence: number): Promise<Made> {
    const made = await this.#keeper.make(call, fence).catch((failure) => {
      this.#pausedUntil.set(call.key, this.#tools.settings.clock.now() + PAUSE_MS);
      throw failure;
    });
    this.#pausedUntil.delete(call.key);
    return made;
  }

  #isPaused(key: string): boolean {
    return this.#tools.settings.clock.now() < (this.#pausedUntil.get(key) ?? 0);
  }
}
