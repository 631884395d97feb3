/** What stands in the store under a key of the value cache. */
import type { Instant } from "../fields.ts";

/** A value with its instants; states are derived from them. Immutable. */
export interface ValueEntry {
  readonly kind: "value";
  /** The order of its making, by the store's clock. */
  readonly fence: number;
  readonly storedAt: Instant;
  /** Fresh until here. */
  readonly staleAt: Instant;
  /** Until here it may be given out while it is made anew behind the scenes. */
  readonly revalidateUntil: Instant;
  /** Until here it may be given out when making it anew fails or takes too long. */
  readonly onErrorUntil: Instant;
  /** Version of the namespace when it was made; another one now means that all was cleared. */
  readonly generation: number;
  /** Release of the value's shape, as the application says it. */
  readonly shape: string;
  /** Tags and the version that each had when the value was made, in turn. */
  readonly tags: readonly (string | number)[];
  readonly form: number;
  /** Length of the value's bytes before they were compressed; 0 when they are not. */
  readonly rawLength: number;
  readonly payload: Buffer;
}

/** Something was removed here: what was made before may not come back. */
interface Tombstone {
  readonly kind: "gone";
  readonly fence: number;
  /** What a value here would be a copy of is being changed: nothing that is made now is kept. */
  readonly writing: boolean;
}

/**
 * The version of a tag: what was made under another one is no longer valid. The fence of the last invalidation; of a tag that was never
 * invalidated, minus the fence of whoever met it first. So a version that was lost never comes back, and values are lost with it at worst.
 */
export interface TagVersion {
  readonly kind: "tag";
  readonly version: number;
}

export type StoredEntry = ValueEntry | Tombstone | TagVersion;

/** The last instant at which a value may be given out. */
export function deleteAt({ staleAt, revalidateUntil, onErrorUntil }: ValueEntry): Instant {
  return Math.max(staleAt, revalidateUntil, onErrorUntil);
}
