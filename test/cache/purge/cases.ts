/** Arbitrary purges and entries over few routes, targets and tags, so that they meet; and what purges mean, said naively. */
import fc from "fast-check";
import type { Purgeable, PurgeMarker, PurgeScope } from "../../../src/cache/purge/purge.ts";

const routes = fc.constantFrom("a", "b");
const targets = fc.constantFrom("/", "/x", "/x/", "/x/1", "/x/1?q=1", "/x/2", "/y");
const tags = fc.constantFrom("red", "blue", "red:blue");
const fences = fc.integer({ min: 1, max: 12 });

const scopes: fc.Arbitrary<PurgeScope> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ kind: "all" } as const) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("route" as const), route: routes }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("tag" as const), tag: tags }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("tag" as const), tag: tags, route: routes }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom("url" as const, "prefix" as const),
      route: routes,
      target: targets,
    }),
  },
);

export const someMarkers: fc.Arbitrary<PurgeMarker[]> = fc.array(
  fc.record({
    scope: scopes,
    fence: fences,
    at: fc.integer({ min: 1, max: 99 }),
    soft: fc.boolean(),
  }),
  { maxLength: 30 },
);

export const someEntry: fc.Arbitrary<Purgeable> = fc.record({
  route: routes,
  target: targets,
  tags: fc.uniqueArray(tags, { maxLength: 2 }),
  fence: fences,
});

/** 0 kept, 1 stale, 2 gone: by asking every marker. */
export function severity(markers: readonly PurgeMarker[], entry: Purgeable): 0 | 1 | 2 {
  const meant = markers.filter(({ scope, fence }) => entry.fence <= fence && means(scope, entry));
  if (meant.some(({ soft }) => !soft)) return 2;
  return meant.length > 0 ? 1 : 0;
}

function means(scope: PurgeScope, entry: Purgeable): boolean {
  switch (scope.kind) {
    case "all":
      return true;
    case "route":
      return scope.route === entry.route;
    case "tag":
      return (
        entry.tags.includes(scope.tag) && (scope.route === undefined || scope.route === entry.route)
      );
    case "url":
      return scope.route === entry.route && scope.target === entry.target;
    case "prefix":
      return scope.route === entry.route && entry.target.startsWith(scope.target);
  }
}
