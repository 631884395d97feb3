/**
 * Purges. A purge is a marker: what was fetched before it counts as gone (hard) or as stale (soft). Nothing is searched or
 * deleted, so a purge of everything costs what a purge of one URL costs, and a fetch that is already running cannot bring
 * back what was purged.
 */
import type { Instant } from "../../fields.ts";
import type { CacheEntry } from "../entry.ts";

/** What a purge takes. `route` and `target` are those of the entry; a prefix is one of targets. A tag may be one route's alone. */
export type PurgeScope =
  | { readonly kind: "all" }
  | { readonly kind: "route"; readonly route: string }
  | { readonly kind: "tag"; readonly tag: string; readonly route?: string | undefined }
  | { readonly kind: "url"; readonly route: string; readonly target: string }
  | { readonly kind: "prefix"; readonly route: string; readonly target: string };

export interface PurgeMarker {
  readonly scope: PurgeScope;
  /** Entries whose fence is not above this are meant: the cache store's clock in microseconds. */
  readonly fence: number;
  /** When it was made: what it makes stale is stale since then. */
  readonly at: Instant;
  /** Soft: they stay, but stale, for stale-while-revalidate and stale-if-error. */
  readonly soft: boolean;
  /** Name of the purge in the audit. */
  readonly id?: string | undefined;
}

/** What the purges say of an entry, and by which of them. */
export type PurgeVerdict =
  | { readonly state: "kept" }
  | { readonly state: "stale" | "gone"; readonly by: PurgeMarker };

/** What of an entry decides whether a purge means it. */
export type Purgeable = Pick<CacheEntry, "route" | "target" | "tags" | "fence">;

/** All markers, arranged so that asking about an entry costs a few look-ups however many there are. */
export interface PurgeMarkers {
  /** No marker means an entry with a higher fence. */
  readonly newestFence: number;
  add(marker: PurgeMarker): void;
  /** Lets a marker stand for purges that are not known yet; undefined when all are. */
  assume(marker: PurgeMarker | undefined): void;
  verdictOn(entry: Purgeable): PurgeVerdict;
  /** The entry as it counts after the purges: itself, a stale copy, or undefined. */
  apply(entry: CacheEntry, now: Instant): CacheEntry | undefined;
  /** Those that no purge of everything or of a route makes superfluous. */
  list(): PurgeMarker[];
}

/** The entry as it counts after the purges: itself, a stale copy, or undefined. */
export function afterPurges(
  markers: PurgeMarkers,
  entry: CacheEntry,
  now: Instant,
): CacheEntry | undefined {
  return entry.fence > markers.newestFence ? entry : markers.apply(entry, now);
}

/** One name per scope. No route, target or tag holds a NUL. */
export function nameOf(scope: PurgeScope): string {
  switch (scope.kind) {
    case "all":
      return "all";
    case "route":
      return `route\0${scope.route}`;
    case "tag":
      return `tag\0${scope.route ?? ""}\0${scope.tag}`;
    case "url":
    case "prefix":
      return `${scope.kind}\0${scope.route}\0${scope.target}`;
  }
}

/** Whether a purge of everything or of a route does all that another marker does. */
export function covers(by: PurgeMarker, marker: PurgeMarker): boolean {
  if (by.fence < marker.fence || (by.soft && !marker.soft)) return false;
  if (by.scope.kind === "all") return true;
  return (
    by.scope.kind === "route" &&
    marker.scope.kind !== "all" &&
    marker.scope.route === by.scope.route
  );
}

/** The entry as a verdict leaves it. What is made stale keeps the lengths of its windows, from the purge on. */
export function resultOf(
  entry: CacheEntry,
  verdict: PurgeVerdict,
  now: Instant,
): CacheEntry | undefined {
  if (verdict.state === "kept") return entry;
  if (verdict.state === "gone") return undefined;
  const staleAt = Math.min(entry.staleAt, verdict.by.at, now);
  const earlier = entry.staleAt - staleAt;
  return {
    ...entry,
    staleAt,
    revalidateUntil: entry.revalidateUntil - earlier,
    errorUntil: entry.errorUntil - earlier,
  };
}
