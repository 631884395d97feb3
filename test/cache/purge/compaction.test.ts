import fc from "fast-check";
import { expect, test } from "vitest";
import { compacted } from "../../../src/cache/purge/compaction.ts";
import type { PurgeMarker } from "../../../src/cache/purge/purge.ts";
import { severity, someEntry, someMarkers } from "./cases.ts";

test("fewer markers never purge less than those that they stand for", () => {
  fc.assert(
    fc.property(
      someMarkers,
      fc.array(someEntry, { minLength: 5, maxLength: 5 }),
      fc.integer({ min: 1, max: 30 }),
      (markers, entries, most) => {
        const fewer = compacted(markers, most);
        for (const entry of entries)
          expect(severity(fewer, entry)).toBeGreaterThanOrEqual(severity(markers, entry));
      },
    ),
    { numRuns: 1_000 },
  );
});

test("the list gets as short as it should, if everything must do for the rest", () => {
  fc.assert(
    fc.property(someMarkers, fc.integer({ min: 2, max: 30 }), (markers, most) => {
      expect(compacted(markers, most).length).toBeLessThanOrEqual(most);
    }),
  );
});

const url = (target: string, fence: number, route = "a"): PurgeMarker => ({
  scope: { kind: "url", route, target },
  fence,
  at: fence,
  soft: false,
});

test("the same purge again and again is one, whatever its number", () => {
  const markers = Array.from({ length: 100 }, (_, i) => url("/same", i + 1));
  expect(compacted(markers, 10)).toEqual([url("/same", 100)]);
});

test("only the older ones become wider, and only within their route", () => {
  const markers = Array.from({ length: 20 }, (_, i) => url(`/${i}`, i + 1));
  const fewer = compacted(markers, 10);
  expect(fewer).toContainEqual({ ...url("", 15), scope: { kind: "route", route: "a" } });
  expect(fewer.filter(({ scope }) => scope.kind === "url")).toEqual(markers.slice(15));
  const other = { route: "b", target: "/0", tags: [], fence: 1 };
  expect(severity(fewer, other)).toBe(0);
});
