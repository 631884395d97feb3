/**
 * Purges by operators. A purge is a marker: what was fetched before it counts as gone (hard) or as stale (soft). Nothing is searched or
 * deleted, so a purge of everything costs what a purge of one URL costs, and a fetch that is already running cannot bring
 * back what was purged.
 */
import type { CacheEntry } from "./entry.ts";

/** What a purge takes. `route` and `target` are those of the entry; a prefix is one of targets. */
export type PurgeScope =
  | { readonly kind: "all" }
  | { readonly kind: "route"; readonly route: string }
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "url"; readonly route: string; readonly target: string }
  | { readonly kind: "prefix"; readonly route: string; readonly target: string };

export interface PurgeMarker {
  readonly scope: PurgeScope;
  /** Entries whose fence is not above this are meant: the cache store's clock in microseconds. */
  readonly fence: number;
  /** Soft: they stay, but stale, for stale-while-revalidate and stale-if-error. */
  readonly soft: boolean;
}

export type PurgeState = "kept" | "stale" | "gone";

/** All markers, arranged so that asking about an entry costs a few look-ups. */
export interface PurgeMarkers {
  /** Rises with every marker, so that an entry need not be asked about twice. */
  readonly generation: number;
  add(marker: PurgeMarker): void;
  stateOf(entry: CacheEntry): PurgeState;
}

/** The newest fence of each kind of purge. */
interface Fences {
  hard: number;
  soft: number;
}

export function createPurgeMarkers(): PurgeMarkers {
  const exact = new Map<string, Fences>();
  const prefixes = new Map<string, Fences & { readonly route: string; readonly target: string }>();
  let generation = 0;
  return {
    get generation() {
      return generation;
    },
    add({ scope, fence, soft }) {
      generation++;
      const name = nameOf(scope);
      let fences = exact.get(name);
      if (fences === undefined) {
        fences = { hard: 0, soft: 0 };
        exact.set(name, fences);
      }
      const kind = soft ? "soft" : "hard";
      fences[kind] = Math.max(fences[kind], fence);
      if (scope.kind === "prefix")
        prefixes.set(name, { ...fences, route: scope.route, target: scope.target });
    },
    stateOf(entry) {
      const state = worst(exactNames(entry).map((name) => judge(exact.get(name), entry)));
      if (state === "gone" || prefixes.size === 0) return state;
      const below = [...prefixes.values()].filter(
        ({ route, target }) => route === entry.route && entry.target.startsWith(target),
      );
      return worst([state, ...below.map((fences) => judge(fences, entry))]);
    },
  };
}

function judge(fences: Fences | undefined, entry: CacheEntry): PurgeState {
  if (fences === undefined) return "kept";
  if (entry.fence <= fences.hard) return "gone";
  return entry.fence <= fences.soft ? "stale" : "kept";
}

function worst(states: readonly PurgeState[]): PurgeState {
  if (states.includes("gone")) return "gone";
  return states.includes("stale") ? "stale" : "kept";
}

/** One name per scope; the parts are apart because the first has no colon. */
function nameOf(scope: PurgeScope): string {
  switch (scope.kind) {
    case "all":
      return "all:";
    case "route":
      return `route:${scope.route}`;
    case "tag":
      return `tag:${scope.tag}`;
    case "url":
    case "prefix":
      return `${scope.kind}:${scope.route}\0${scope.target}`;
  }
}

function exactNames(entry: CacheEntry): string[] {
  const { route, target, tags } = entry;
  return ["all:", `route:${route}`, `url:${route}\0${target}`, ...tags.map((tag) => `tag:${tag}`)];
}

/** The entry as it counts after the purges: itself, a stale copy, or undefined. */
export function afterPurges(
  markers: PurgeMarkers,
  entry: CacheEntry,
  now: number,
): CacheEntry | undefined {
  if (markers.generation === 0 || cleared.get(entry) === markers.generation) return entry;
  const state = markers.stateOf(entry);
  if (state === "gone") return undefined;
  if (state === "stale") return { ...entry, staleAt: Math.min(entry.staleAt, now) };
  cleared.set(entry, markers.generation);
  return entry;
}

/** The generation up to which an entry is known to be untouched. */
const cleared = new WeakMap<CacheEntry, number>();
