/** Fewer markers that purge at least as much: what keeps the list of purges short however long it is written. */

import { createPurgeMarkers } from "./markers.ts";
import type { PurgeMarker, PurgeScope } from "./purge.ts";

/**
 * At most `most` markers in place of these: first without those that others make superfluous; if that is not enough, the older ones become
 * purges of their whole routes, and those that have none purges of everything, up to the newest of them. Never purges less; what is
 * older than the markers that were kept may go with them.
 */
export function compacted(markers: readonly PurgeMarker[], most: number): PurgeMarker[] {
  const known = createPurgeMarkers();
  for (const marker of markers) known.add(marker);
  const needed = known.list().toSorted((a, b) => a.fence - b.fence);
  if (needed.length <= most) return needed;
  for (const marker of needed.slice(0, -Math.floor(most / 2)))
    known.add({ ...marker, scope: wider(marker) });
  const fewer = known.list();
  if (fewer.length <= most) return fewer;
  for (const marker of fewer) known.add({ ...marker, scope: { kind: "all" } });
  return known.list();
}

function wider({ scope }: PurgeMarker): PurgeScope {
  return scope.kind === "all" || scope.route === undefined
    ? { kind: "all" }
    : { kind: "route", route: scope.route };
}
