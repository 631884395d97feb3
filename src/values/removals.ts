/** Taking values away: by key, by tag, by pattern, all. Each reaches every process, and what is being made meanwhile is not kept. */
import type { Entries, EntryTools } from "./entries.ts";
import { deleteAt } from "./entry.ts";
import { compilePattern, widenPattern } from "./glob.ts";
import { storedKey } from "./key.ts";
import type { Loader } from "./load.ts";
import type { Invalidation } from "./pending.ts";

export class Removals {
  readonly #tools: EntryTools;
  readonly #entries: Entries;
  readonly #loader: Loader;

  constructor(tools: EntryTools, entries: Entries, loader: Loader) {
    this.#tools = tools;
    this.#entries = entries;
    this.#loader = loader;
  }

  /** How many were there; undefined when it is queued. */
  delete(keys: readonly string[]): Promise<number | undefined> {
    const wanted = new Map(keys.map((key) => [key, this.#entries.nameOf(key)]));
    const outrun = new Set<string>();
    for (const key of keys) this.#loader.forget(key);
    return this.#run({
      what: `the removal of ${keys.length} keys`,
      covers: (key) => wanted.has(key),
      outrun: (key) => outrun.add(key),
      spare: (key) => wanted.delete(key),
      apply: async () => {
        const left = [...wanted].filter(([key]) => !outrun.has(key));
        const found = await Promise.all(left.map(([, name]) => this.#isThere(name)));
        await Promise.all(
          left.map(([key, name]) => this.#entries.bury(name, { wanted: () => !outrun.has(key) })),
        );
        const counters = [...wanted.keys()].map((key) => this.counterOf(key));
        const counted = await this.#tools.store.remove(counters);
        return found.filter(Boolean).length + counted;
      },
    });
  }

  async invalidateTags(tags: readonly string[]): Promise<void> {
    this.#loader.forget();
    await this.#run({
      what: `the invalidation of ${tags.length} tags`,
      covers: (_key, entry) => tags.some((tag) => entry.tags.includes(tag)),
      apply: () => this.#tools.versions.bumpTags(tags),
    });
  }

  async clear(): Promise<void> {
    this.#loader.forget();
    await this.#run({
      what: "the removal of everything",
      covers: () => true,
      apply: () => this.clearNow(),
    });
  }

  /** Everything is invalid at once; the room that it takes is freed behind. Rejects when the store does not take it. */
  async clearNow(): Promise<void> {
    const fence = await this.#tools.versions.bumpGeneration();
    void this.#sweep("*", fence).catch(() => {});
  }

  /** About how many were there: what has just been removed one by one may count. Undefined when it is queued. */
  clearPattern(pattern: string): Promise<number | undefined> {
    const matches = compilePattern(pattern);
    this.#loader.forget();
    return this.#run(
      {
        what: "the removal of keys by a pattern",
        covers: (key) => matches(storedKey(key)),
        apply: async () => {
          const fence = await this.#tools.versions.bumpSweep();
          return this.#sweep(pattern, fence);
        },
      },
      // Looking through all keys takes as long as it takes; each step of it is bounded.
      Number.POSITIVE_INFINITY,
    );
  }

  counterOf(key: string): string {
    return `n:${this.#tools.settings.namespace}:${storedKey(key)}`;
  }

  #run<T>(invalidation: Invalidation<T>, limitMs?: number): Promise<T | undefined> {
    this.#tools.recorder.counts.invalidations += 1;
    return this.#tools.pending.run(invalidation, limitMs);
  }

  /** What is newer than `fence` stays: a removal that came after would be undone by what was being made before it. */
  async #sweep(pattern: string, fence: number): Promise<number> {
    const { store, settings } = this.#tools;
    const matches = compilePattern(pattern);
    const keyAt = `v:${settings.namespace}:`.length;
    let removed = 0;
    for await (const names of store.scan(`[vn]:${settings.namespace}:${widenPattern(pattern)}`))
      removed += await store.remove(
        names.filter((name) => matches(name.slice(keyAt))),
        fence,
      );
    return removed;
  }

  async #isThere(name: string): Promise<boolean> {
    const { store, settings } = this.#tools;
    const read = await store.read(name);
    if (read.state !== "found" || read.value.kind !== "value") return false;
    return (
      settings.clock.now() < deleteAt(read.value) && this.#tools.versions.peek(read.value) !== false
    );
  }
}
