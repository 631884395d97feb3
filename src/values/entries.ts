/** Reading and making entries: what of the store may be given out, and what goes into it. */
import { messageOf } from "../errors.ts";
import type { WriteOptions } from "../store/writer.ts";
import { within } from "./clock.ts";
import { deleteAt, type ValueEntry } from "./entry.ts";
import type { Recorder } from "./events.ts";
import { storedKey } from "./key.ts";
import { instantsOf, type Spans } from "./lifetimes.ts";
import { pack, unpack } from "./pack.ts";
import type { Pending } from "./pending.ts";
import { LONGEST_LOAD_MS, type Settings } from "./settings.ts";
import { issueOf, type StandardSchema } from "./standard-schema.ts";
import type { ValueStore } from "./value-store.ts";
import type { Dependencies, Versions } from "./versions.ts";

/** What a value must be to be given out. */
export interface Expected {
  /** Release of its shape. */
  readonly version: string;
  readonly schema?: StandardSchema | undefined;
}

export type Look =
  | { readonly state: "fresh" | "stale"; readonly entry: ValueEntry; readonly value: unknown }
  | { readonly state: "absent" }
  /** The store does not answer. */
  | { readonly state: "unknown" };

export interface EntryTools {
  readonly store: ValueStore;
  readonly versions: Versions;
  readonly pending: Pending;
  readonly recorder: Recorder;
  readonly settings: Settings;
}

const ABSENT: Look = { state: "absent" };
const UNKNOWN: Look = { state: "unknown" };

export class Entries {
  readonly #tools: EntryTools;
  /** Values of entries that hits share. */
  readonly #shared = new WeakMap<ValueEntry, unknown>();

  constructor(tools: EntryTools) {
    this.#tools = tools;
  }

  /** The name of a key in the store. Throws a `TypeError` for what is no key. */
  nameOf(key: string): string {
    return `v:${this.#tools.settings.namespace}:${storedKey(key)}`;
  }

  /** What may be given out under a key, when this process knows that without asking or waiting for anything. */
  peek(key: string, expected: Expected): Look | undefined {
    if (expected.schema !== undefined) return undefined;
    const stored = this.#tools.store.peek(this.nameOf(key));
    if (stored?.kind !== "value" || stored.rawLength !== 0) return undefined;
    if (!this.#isUsable(key, stored, expected)) return undefined;
    if (this.#tools.versions.peek(stored) !== true) return undefined;
    try {
      return this.#seen(stored, this.valueOf(stored));
    } catch {
      return undefined;
    }
  }

  /** What may be given out under a key. Rejects only with a `TypeError` for what is no key. */
  async look(key: string, expected: Expected): Promise<Look> {
    const { store, versions } = this.#tools;
    const name = this.nameOf(key);
    let stored = store.peek(name);
    if (stored === undefined) {
      versions.foresee();
      const read = await store.read(name);
      if (read.state === "failed") return UNKNOWN;
      if (read.state === "absent") return ABSENT;
      stored = read.value;
    }
    if (stored.kind !== "value" || !this.#isUsable(key, stored, expected)) return ABSENT;
    const valid = versions.peek(stored) ?? (await versions.check(stored));
    if (valid === "unknown") return UNKNOWN;
    return valid ? this.#open(key, stored, expected) : ABSENT;
  }

  /** The caller's own copy of an entry's value. Throws or rejects when it cannot be read. */
  valueOf(entry: ValueEntry): unknown {
    if (!this.#tools.settings.share) return unpack(entry);
    if (this.#shared.has(entry)) return this.#shared.get(entry);
    const value = unpack(entry);
    const keep = (opened: unknown) => {
      this.#shared.set(entry, opened);
      return opened;
    };
    return value instanceof Promise ? value.then(keep) : keep(value);
  }

  /** An entry of a value from now on. Rejects with an `UnstorableError`. */
  async make(
    value: unknown,
    about: {
      readonly fence: number;
      readonly spans: Spans;
      readonly version: string;
      readonly dependencies: Dependencies;
    },
  ): Promise<ValueEntry> {
    const { settings } = this.#tools;
    const { fence, spans, version, dependencies } = about;
    const { generation, tags } = dependencies;
    return {
      kind: "value",
      ...{ fence, generation, tags, shape: version },
      ...instantsOf(spans, settings.clock.now()),
      ...(await pack(value, settings.limits)),
    };
  }

  /** Stores, waiting no longer than the store's budget; `late` goes on. Never rejects. */
  async write(
    key: string,
    entry: ValueEntry,
    only: Pick<WriteOptions, "over"> = {},
  ): Promise<"written" | "superseded" | "failed" | "late"> {
    const { store, settings } = this.#tools;
    const ttlMs = deleteAt(entry) - settings.clock.now();
    const writing = store.write(this.nameOf(key), entry, { fence: entry.fence, ttlMs, ...only });
    return (await within(settings.clock, settings.budgetMs, writing))?.value ?? "late";
  }

  /**
   * Leaves in a value's place that it was removed, so that what is being made now does not come after; unless it is no longer `wanted` once its
   * place in time is known. `writing`: nothing that is begun from now on is kept either. Resolves with its fence; rejects when the store does not
   * take it.
   */
  async bury(
    name: string,
    { wanted = () => true, writing = false }: { wanted?: () => boolean; writing?: boolean } = {},
  ): Promise<number> {
    const { store } = this.#tools;
    const fence = await store.fence();
    if (!wanted()) return fence;
    const how = { fence, ttlMs: LONGEST_LOAD_MS };
    if ((await store.write(name, { kind: "gone", fence, writing }, how)) === "failed")
      throw new Error("The store did not take a removal.");
    return fence;
  }

  /** Whether what a value would be a copy of is being changed, as the store itself says. */
  async isWriting(key: string): Promise<boolean> {
    const read = await this.#tools.store.readCurrent(this.nameOf(key));
    return read.state === "found" && read.value.kind === "gone" && read.value.writing;
  }

  #isUsable(key: string, entry: ValueEntry, { version }: Expected): boolean {
    const { settings, pending } = this.#tools;
    return (
      settings.clock.now() < deleteAt(entry) &&
      entry.shape === version &&
      !pending.covers(key, entry)
    );
  }

  async #open(key: string, entry: ValueEntry, { schema }: Expected): Promise<Look> {
    try {
      const opened = this.valueOf(entry);
      const value = opened instanceof Promise ? await opened : opened;
      const issue = schema === undefined ? undefined : await issueOf(schema, value);
      if (issue !== undefined) return this.#invalid(key, issue);
      return this.#seen(entry, value);
    } catch (failure) {
      return this.#invalid(key, messageOf(failure));
    }
  }

  #seen(entry: ValueEntry, value: unknown): Look {
    const isFresh = this.#tools.settings.clock.now() < entry.staleAt;
    return { state: isFresh ? "fresh" : "stale", entry, value };
  }

  #invalid(key: string, reason: string): Look {
    this.#tools.recorder.tell("invalid", { key, reason });
    return ABSENT;
  }
}
