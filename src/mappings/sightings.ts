/** A repository that nobody let us see may be private instead of gone. It counts as gone when it stays unseen. Pure. */
import type { StrikeLimits } from "../config/reap.ts";
import type { Instant } from "../fields.ts";

/** How often in a row, since when and until when a repository was not to be seen. */
export interface Sighting {
  readonly count: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
}

/** One more run has not seen the repository. */
export function missedAgain(before: Sighting | undefined, now: Instant): Sighting {
  return before === undefined
    ? { count: 1, firstAt: now, lastAt: now }
    : { ...before, count: before.count + 1, lastAt: now };
}

export function isGone({ count, firstAt, lastAt }: Sighting, limits: StrikeLimits): boolean {
  return count >= limits.count && lastAt - firstAt >= limits.overMs;
}

const SHORTEST_MEMORY_MS = 7 * 86_400_000;

/** Sightings that were not renewed for so long are not in a row any more. */
export function isForgotten({ lastAt }: Sighting, now: Instant, limits: StrikeLimits): boolean {
  return now - lastAt > Math.max(SHORTEST_MEMORY_MS, 2 * limits.overMs);
}
