/** The purges that a process knows. */
import type { Instant } from "../../fields.ts";
import type { CacheEntry } from "../entry.ts";
import {
  covers,
  nameOf,
  type Purgeable,
  type PurgeMarker,
  type PurgeMarkers,
  type PurgeVerdict,
  resultOf,
} from "./purge.ts";

export function createPurgeMarkers(): PurgeMarkers {
  return new Markers();
}

/** The newest marker of each mode for one scope. */
interface Newest {
  hard?: PurgeMarker;
  soft?: PurgeMarker;
}

class Markers implements PurgeMarkers {
  newestFence = 0;
  readonly #byName = new Map<string, Newest>();
  /** Lengths of all purged prefixes: an entry costs as many look-ups, instead of one comparison for each prefix. */
  readonly #prefixLengths = new Set<number>();
  #assumed: PurgeMarker | undefined;
  /** What was worked out for an entry; begun anew with every marker. */
  #applied = new WeakMap<CacheEntry, { readonly result: CacheEntry | undefined }>();

  add(marker: PurgeMarker): void {
    const { scope } = marker;
    if (this.#isCovered(marker)) return;
    if (scope.kind === "all" || scope.kind === "route") this.#dropCovered(marker);
    this.#put(marker);
    if (scope.kind === "prefix") this.#prefixLengths.add(scope.target.length);
    this.newestFence = Math.max(this.newestFence, marker.fence);
    this.#applied = new WeakMap();
  }

  assume(marker: PurgeMarker | undefined): void {
    this.#assumed = marker;
    this.newestFence = Math.max(this.newestFence, marker?.fence ?? 0);
    this.#applied = new WeakMap();
  }

  verdictOn(entry: Purgeable): PurgeVerdict {
    let stale = this.#assumed;
    if (stale !== undefined && entry.fence > stale.fence) stale = undefined;
    for (const name of this.#namesOf(entry)) {
      const { hard, soft } = this.#byName.get(name) ?? {};
      if (hard !== undefined && entry.fence <= hard.fence) return { state: "gone", by: hard };
      if (soft !== undefined && entry.fence <= soft.fence) stale ??= soft;
    }
    return stale === undefined ? { state: "kept" } : { state: "stale", by: stale };
  }

  apply(entry: CacheEntry, now: Instant): CacheEntry | undefined {
    const known = this.#applied.get(entry);
    if (known !== undefined) return known.result;
    const result = resultOf(entry, this.verdictOn(entry), now);
    this.#applied.set(entry, { result });
    return result;
  }

  list(): PurgeMarker[] {
    return [...this.#byName.values()].flatMap(({ hard, soft }) => [
      ...(hard === undefined ? [] : [hard]),
      ...(soft === undefined ? [] : [soft]),
    ]);
  }

  #namesOf({ route, target, tags }: Purgeable): string[] {
    const names = [nameOf({ kind: "all" }), nameOf({ kind: "route", route })];
    names.push(nameOf({ kind: "url", route, target }));
    for (const tag of tags)
      names.push(nameOf({ kind: "tag", tag }), nameOf({ kind: "tag", tag, route }));
    for (const length of this.#prefixLengths) {
      if (length > target.length) continue;
      names.push(nameOf({ kind: "prefix", route, target: target.slice(0, length) }));
    }
    return names;
  }

  /** Whether one for the same scope, for its route or for everything does as much. */
  #isCovered(marker: PurgeMarker): boolean {
    const { scope } = marker;
    const same = this.#byName.get(nameOf(scope))?.[modeOf(marker)];
    if (same !== undefined && same.fence >= marker.fence) return true;
    const wider = [this.#byName.get(nameOf({ kind: "all" }))];
    if (scope.kind !== "all" && scope.route !== undefined)
      wider.push(this.#byName.get(nameOf({ kind: "route", route: scope.route })));
    return wider
      .flatMap((newest) => [newest?.hard, newest?.soft])
      .some((by) => by !== undefined && covers(by, marker));
  }

  #dropCovered(by: PurgeMarker): void {
    for (const [name, newest] of this.#byName) {
      if (newest.hard !== undefined && covers(by, newest.hard)) delete newest.hard;
      if (newest.soft !== undefined && covers(by, newest.soft)) delete newest.soft;
      if (newest.hard === undefined && newest.soft === undefined) this.#byName.delete(name);
    }
  }

  #put(marker: PurgeMarker): void {
    const name = nameOf(marker.scope);
    const newest = this.#byName.get(name) ?? {};
    newest[modeOf(marker)] = marker;
    this.#byName.set(name, newest);
  }
}

function modeOf({ soft }: PurgeMarker): keyof Newest {
  return soft ? "soft" : "hard";
}
