/** Values that the application brings. */
import { errorOf } from "../errors.ts";
import type { Entries, EntryTools } from "./entries.ts";
import { deleteAt, type ValueEntry } from "./entry.ts";
import { CacheConnectionError } from "./errors.ts";
import { instantsOf, type Spans } from "./lifetimes.ts";
import type { Loader } from "./load.ts";
import type { Removals } from "./removals.ts";
import type { Dependencies } from "./versions.ts";

export interface WriteRules {
  readonly spans: Spans;
  readonly tags: readonly string[];
  /** Release of the value's shape. */
  readonly version: string;
}

interface Place {
  readonly fence: number;
  readonly dependencies: Dependencies;
  /** What must still stand there, by its fence. */
  readonly over: number;
}

export class Writes {
  readonly #tools: EntryTools;
  readonly #entries: Entries;
  readonly #loader: Loader;
  readonly #removals: Removals;

  constructor(tools: EntryTools, entries: Entries, loader: Loader, removals: Removals) {
    this.#tools = tools;
    this.#entries = entries;
    this.#loader = loader;
    this.#removals = removals;
  }

  /**
   * Whether all processes see it, or something newer. When they do not, the value before it is removed as soon as the store takes that. Rejects
   * with an `UnstorableError` for what has no exact form; the value before it is removed then too. `place`: when it is not of now.
   */
  async set(key: string, value: unknown, rules: WriteRules, place?: Place): Promise<boolean> {
    this.#entries.nameOf(key);
    if (rules.spans.ttlMs <= 0) {
      await this.#removals.delete([key]);
      return true;
    }
    const { store, versions, pending } = this.#tools;
    const overtaken = pending.overtake(key);
    this.#loader.forget(key);
    try {
      const fence = place?.fence ?? (await store.fence());
      overtaken.sending();
      const dependencies = place?.dependencies ?? (await versions.current(rules.tags, fence));
      const entry = await this.#entries.make(value, { ...rules, fence, dependencies });
      const written = await this.#entries.write(key, entry, place && { over: place.over });
      const isLost = place !== undefined && (await this.#isLost(written, dependencies));
      if (isLost) await this.#removals.delete([key]);
      if (written === "failed" || written === "late")
        throw new CacheConnectionError("The cache store did not take a value.");
      overtaken.stored();
      return true;
    } catch (failure) {
      if (failure instanceof TypeError) {
        await this.#removals.delete([key]);
        throw failure;
      }
      await this.#failed(key, failure);
      return false;
    }
  }

  /** Begins the life of a value anew. False: it is not there, or has been replaced meanwhile. */
  async touch(key: string, spansOf: (entry: ValueEntry) => Spans): Promise<boolean> {
    const { store, settings } = this.#tools;
    const now = settings.clock.now();
    const read = await store.read(this.#entries.nameOf(key));
    if (read.state !== "found" || read.value.kind !== "value") return false;
    if (now >= deleteAt(read.value)) return false;
    const entry = { ...read.value, ...instantsOf(spansOf(read.value), now) };
    return (await this.#entries.write(key, entry)) === "written";
  }

  /**
   * Calls `write`, which changes what the value is a copy of, and stores what it returns. If anything else touched the key meanwhile nobody
   * knows which came last, so then it is removed instead. Until `write` is done, and if this process dies in it, the key is empty.
   */
  async writeThrough<T>(key: string, write: () => T | Promise<T>, rules: WriteRules): Promise<T> {
    const name = this.#entries.nameOf(key);
    this.#loader.forget(key);
    const place = await this.#takePlace(name, rules.tags).catch(() => undefined);
    if (place === undefined) await this.#removals.delete([key]);
    let value: T;
    try {
      value = await write();
    } catch (failure) {
      await this.#removals.delete([key]);
      throw failure;
    }
    if (place === undefined) await this.#removals.delete([key]);
    else await this.set(key, value, rules, place);
    return value;
  }

  /**
   * A place in time for a value whose truth is about to be changed. Whoever began to make one without seeing the grave has an earlier fence, whoever
   * sees it does not keep theirs, and what removes the value later has a later one. Rejects when the store does not answer.
   */
  async #takePlace(name: string, tags: readonly string[]): Promise<Place> {
    const { store, versions } = this.#tools;
    const over = await this.#entries.bury(name, { writing: true });
    const fence = await store.fence();
    return { over, fence, dependencies: await versions.current(tags, fence) };
  }

  /** Whether something else came to the key meanwhile, or a pattern was cleared. */
  async #isLost(written: string, dependencies: Dependencies): Promise<boolean> {
    return (
      written === "superseded" ||
      (await this.#tools.versions.isSwept(dependencies, { current: true })) !== false
    );
  }

  async #failed(key: string, failure: unknown): Promise<void> {
    const { recorder, settings } = this.#tools;
    const error = errorOf(failure);
    recorder.tell("failure", { operation: "set", error });
    await this.#removals.delete([key]).catch(() => {});
    if (!settings.failSilently)
      throw new CacheConnectionError("The cache store did not take a value.", { cause: failure });
  }
}
