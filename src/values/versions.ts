/**
 * Versions of tags. A value carries the version that each of its tags had before it was made, and is valid as long as none has changed. Two
 * versions that every value depends on stand beside the tags: the generation of the namespace, which `clear` changes, and the sweep, which
 * `clearPattern` changes so that what was being made meanwhile is not kept.
 */
import type { ReadResult } from "../store/tiered.ts";
import type { StoredEntry, ValueEntry } from "./entry.ts";
import type { ValueStore } from "./value-store.ts";

/** Versions as they were before a value was made. */
export interface Dependencies {
  readonly generation: number;
  readonly sweep: number;
  /** Tags and their versions in turn. */
  readonly tags: readonly (string | number)[];
}

/** Older ones are forgotten, and the values with them. */
const TAG_LIFE_MS = 30 * 86_400_000;
const GENERATION = "g:generation";
const SWEEP = "g:sweep";

export class Versions {
  readonly #store: ValueStore;
  readonly #namespace: string;
  readonly #generationKey: string;

  constructor(store: ValueStore, namespace: string) {
    this.#store = store;
    this.#namespace = namespace;
    this.#generationKey = this.#key(GENERATION);
  }

  /** Whether an entry's versions still hold, as far as memory knows; undefined when it does not. */
  peek({ generation, tags }: ValueEntry): boolean | undefined {
    let holds = this.#peek(this.#generationKey, generation);
    for (let i = 0; i < tags.length && holds !== false; i += 2) {
      const one = this.#peek(this.#key(tagName(tags[i] as string)), tags[i + 1] as number);
      if (one !== true) holds = one;
    }
    return holds;
  }

  #peek(key: string, version: number): boolean | undefined {
    const entry = this.#store.peek(key);
    return entry === undefined ? undefined : versionOf(entry) === version;
  }

  /** The same, asking the store; with `current` past this process's memory. `unknown`: it does not answer. */
  async check(
    { generation, tags }: Pick<ValueEntry, "generation" | "tags">,
    { current = false } = {},
  ): Promise<boolean | "unknown"> {
    const names = [GENERATION];
    const versions = [generation];
    for (let i = 0; i < tags.length; i += 2) {
      names.push(tagName(tags[i] as string));
      versions.push(tags[i + 1] as number);
    }
    const read = (key: string) => (current ? this.#store.readCurrent(key) : this.#store.read(key));
    const reads = await Promise.all(names.map((name) => read(this.#key(name))));
    if (reads.some((read, i) => isOther(read, versions[i] as number))) return false;
    return reads.every(({ state }) => state === "found") ? true : "unknown";
  }

  /** Asks for what every value depends on, so that it comes with the value's own reply. */
  foresee(): void {
    void this.#store.read(this.#generationKey);
  }

  /** The versions as they are now; tags that have none get one, dated by `fence`. */
  async current(tags: readonly string[], fence: number): Promise<Dependencies> {
    const unique = [...new Set(tags)];
    const [generation, sweep, ...versions] = await Promise.all([
      this.#resolve(GENERATION, fence),
      this.#read(SWEEP),
      ...unique.map((tag) => this.#resolve(tagName(tag), fence)),
    ]);
    return {
      generation,
      sweep: sweep ?? 0,
      tags: unique.flatMap((tag, i) => [tag, versions[i] as number]),
    };
  }

  /**
   * Whether a pattern has been cleared since; with `current` past this process's memory. Undefined when the store does not answer.
   */
  async isSwept({ sweep }: Dependencies, { current = false } = {}): Promise<boolean | undefined> {
    const key = this.#key(SWEEP);
    const read = await (current ? this.#store.readCurrent(key) : this.#store.read(key));
    if (read.state === "failed") return undefined;
    return (read.state === "found" ? versionOf(read.value) : 0) !== sweep;
  }

  /** Makes everything invalid that has one of these tags. Throws when the store does not take it. */
  async bumpTags(tags: readonly string[]): Promise<void> {
    await this.#bump(tags.map(tagName));
  }

  /** Makes everything invalid. Resolves with the fence of that. */
  bumpGeneration(): Promise<number> {
    return this.#bump([GENERATION]);
  }

  /** Says that a pattern is cleared. Resolves with the fence of that. */
  bumpSweep(): Promise<number> {
    return this.#bump([SWEEP]);
  }

  async #bump(names: readonly string[]): Promise<number> {
    const version = await this.#store.fence();
    const write = (name: string) =>
      this.#store.write(
        this.#key(name),
        { kind: "tag", version },
        { fence: version, ttlMs: TAG_LIFE_MS },
      );
    const written = await Promise.all(names.map(write));
    if (written.includes("failed")) throw new Error("The store did not take an invalidation.");
    return version;
  }

  async #read(name: string): Promise<number | undefined> {
    const read = await this.#store.read(this.#key(name));
    return read.state === "found" ? versionOf(read.value) : undefined;
  }

  async #resolve(name: string, fence: number): Promise<number> {
    const version = await this.#read(name);
    if (version !== undefined) return version;
    const entry = { kind: "tag", version: -fence } as const;
    const how = { fence, ttlMs: TAG_LIFE_MS, ifAbsent: true };
    const written = await this.#store.write(this.#key(name), entry, how);
    if (written !== "superseded") return entry.version;
    // Somebody else was first. If it is gone again already, no value can be valid under what we know.
    const current = await this.#store.readCurrent(this.#key(name));
    return (current.state === "found" ? versionOf(current.value) : undefined) ?? -fence;
  }

  #key(name: string): string {
    return `${name[0]}:${this.#namespace}:${name.slice(2)}`;
  }
}

/** Whether a tag was invalidated after `fence`, by its version. */
export function isSince(fence: number, { tags }: Dependencies): boolean {
  return tags.some((version) => typeof version === "number" && version > fence);
}

function tagName(tag: string): string {
  return `t:${tag}`;
}

function versionOf(entry: StoredEntry): number | undefined {
  return entry.kind === "tag" ? entry.version : undefined;
}

/** Known to be another version: also when the store has none. */
function isOther(read: ReadResult<StoredEntry>, version: number): boolean {
  if (read.state === "failed") return false;
  return read.state === "absent" || versionOf(read.value) !== version;
}
