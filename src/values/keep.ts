/** Calls the function that makes a value, and keeps the result unless it must not be kept. */
import { messageOf } from "../errors.ts";
import type { Entries, EntryTools, Expected } from "./entries.ts";
import type { ValueEntry } from "./entry.ts";
import { UnstorableError } from "./errors.ts";
import { jittered, type Lifetimes, type Spans, spansOf } from "./lifetimes.ts";
import type { LoadContext } from "./load.ts";
import { LONGEST_LOAD_MS } from "./settings.ts";
import { issueOf } from "./standard-schema.ts";
import { type Dependencies, isSince } from "./versions.ts";

/** What a value itself says about how it is kept. */
export interface Adapted extends Lifetimes {
  /** In addition to those that were known before. */
  readonly tags?: readonly string[];
}

export interface KeepRules {
  readonly spans: Spans;
  /** Longest that null and undefined are kept. */
  readonly negativeTtlMs: number;
  readonly tags: readonly string[];
  /** Decides by the value; `false`: it is not kept. */
  readonly adapt?: ((value: never) => Adapted | false | undefined) | undefined;
}

/** A value that was made, or found to have been made meanwhile. */
export interface Made {
  readonly value: unknown;
  /** For copies of the value. */
  readonly entry?: ValueEntry;
  /**
   * `stored`: others find it. `superseded`: it was invalidated while it was made. `unshareable`: its kind is not kept. `unstored`: the store did
   * not take it.
   */
  readonly outcome: "stored" | "superseded" | "unshareable" | "unstored";
}

/** What is made. */
export interface Making extends Expected, KeepRules {
  readonly key: string;
  readonly load: (context: LoadContext) => unknown;
  /** Called before it is decided whether the value was invalidated meanwhile: who asks from then on looks for themselves. */
  readonly settle: () => void;
}

export class Keeper {
  readonly #tools: EntryTools;
  readonly #entries: Entries;

  constructor(tools: EntryTools, entries: Entries) {
    this.#tools = tools;
    this.#entries = entries;
  }

  /** Rejects with what the function threw. `fence` is from before the call. */
  async make(making: Making, fence: number): Promise<Made> {
    const { versions, recorder, settings } = this.#tools;
    const { key } = making;
    const [before, isWriting] = await Promise.all([
      versions.current(making.tags, fence),
      this.#entries.isWriting(key),
    ]);
    const startedAt = settings.clock.now();
    const tell = (outcome: "stored" | "superseded" | "not-stored" | "failed") =>
      recorder.tell("load", { key, durationMs: settings.clock.now() - startedAt, outcome });
    let value: unknown;
    try {
      value = await this.#call(making);
    } catch (failure) {
      tell("failed");
      throw failure;
    }
    const isLate = settings.clock.now() - startedAt > LONGEST_LOAD_MS;
    const made =
      isLate || isWriting
        ? ({ value, outcome: isLate ? "unstored" : "superseded" } as const)
        : await this.#keep(making, value, { fence, before });
    tell(made.outcome.startsWith("un") ? "not-stored" : (made.outcome as "stored"));
    return made;
  }

  async #call({ load }: Making): Promise<unknown> {
    const useless = new AbortController();
    const stop = this.#tools.settings.clock.after(LONGEST_LOAD_MS, () => useless.abort());
    try {
      return await load({ signal: useless.signal });
    } finally {
      stop();
    }
  }

  async #keep(
    making: Making,
    value: unknown,
    { fence, before }: { readonly fence: number; readonly before: Dependencies },
  ): Promise<Made> {
    const { key, version } = making;
    try {
      const rules = await this.#rulesFor(making, value);
      if (rules === undefined) return { value, outcome: "unshareable" };
      const dependencies = await this.#dependOn(rules.tags, before, fence);
      if (dependencies === undefined) return { value, outcome: "superseded" };
      const { spans } = rules;
      const entry = await this.#entries.make(value, { fence, spans, version, dependencies });
      return { value, entry, outcome: await this.#store(making, entry, dependencies) };
    } catch (failure) {
      this.#tools.recorder.tell("refused", { key, reason: messageOf(failure) });
      return { value, outcome: failure instanceof UnstorableError ? "unshareable" : "unstored" };
    }
  }

  /** How long a value is kept, and under which further tags; undefined: not at all. */
  async #rulesFor(
    { key, schema, adapt, spans, negativeTtlMs }: Making,
    value: unknown,
  ): Promise<{ readonly spans: Spans; readonly tags: readonly string[] } | undefined> {
    const { recorder, settings } = this.#tools;
    const issue = await issueOf(schema, value);
    if (issue !== undefined) {
      recorder.tell("refused", { key, reason: issue });
      return undefined;
    }
    const adapted = adapt?.(value as never) ?? {};
    if (adapted === false) return undefined;
    const said = spansOf(adapted, spans);
    const isNothing = value === null || value === undefined;
    const limited =
      isNothing && adapted.ttl === undefined
        ? { ...said, ttlMs: Math.min(said.ttlMs, negativeTtlMs) }
        : said;
    if (limited.ttlMs <= 0) return undefined;
    return {
      spans: jittered(limited, settings.jitter, settings.random()),
      tags: adapted.tags ?? [],
    };
  }

  /** The versions that the value rests on; undefined when one of them has changed since it was begun. */
  async #dependOn(
    more: readonly string[],
    before: Dependencies,
    fence: number,
  ): Promise<Dependencies | undefined> {
    if (more.length === 0) return before;
    const added = await this.#tools.versions.current(more, fence);
    if (isSince(fence, added)) return undefined;
    return { ...before, tags: [...before.tags, ...added.tags] };
  }

  async #store(
    { key, settle }: Making,
    entry: ValueEntry,
    dependencies: Dependencies,
  ): Promise<Made["outcome"]> {
    const { versions } = this.#tools;
    if ((await versions.isSwept(dependencies)) === true) return "superseded";
    const written = await this.#entries.write(key, entry);
    if (written === "superseded") return "superseded";
    if (written === "failed") return "unstored";
    settle();
    const [swept, valid] = await Promise.all([
      this.#undoIfSwept(key, dependencies),
      versions.check(entry, { current: true }),
    ]);
    return swept || valid === false ? "superseded" : "stored";
  }

  /** A pattern that was cleared while the value was made may have looked before the value stood there. */
  async #undoIfSwept(key: string, dependencies: Dependencies): Promise<boolean> {
    const { versions, pending } = this.#tools;
    if ((await versions.isSwept(dependencies, { current: true })) === false) return false;
    await pending
      .run({
        what: "a value that was made while a pattern was cleared",
        covers: (other) => other === key,
        apply: () => this.#entries.bury(this.#entries.nameOf(key)),
      })
      .catch(() => {});
    return true;
  }
}
