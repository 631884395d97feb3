import fc from "fast-check";
import { expect, test } from "vitest";
import { createPurgeMarkers } from "../../../src/cache/purge/markers.ts";
import { afterPurges, type PurgeScope } from "../../../src/cache/purge/purge.ts";
import { anEntry, aRequest, aRoute, fixedFreshness, NOW } from "../../helpers/cache.ts";
import { severity, someEntry, someMarkers } from "./cases.ts";

const STATES = ["kept", "stale", "gone"] as const;

test("whatever was purged, in whatever order, an entry counts as asking every single purge says", () => {
  fc.assert(
    fc.property(someMarkers, someEntry, (purges, entry) => {
      const markers = createPurgeMarkers();
      for (const marker of purges) markers.add(marker);
      expect(markers.verdictOn(entry).state).toBe(STATES[severity(purges, entry)]);
    }),
    { numRuns: 2_000 },
  );
});

test("the markers that are left mean the same as all that were added", () => {
  fc.assert(
    fc.property(someMarkers, someEntry, (purges, entry) => {
      const markers = createPurgeMarkers();
      for (const marker of purges) markers.add(marker);
      expect(severity(markers.list(), entry)).toBe(severity(purges, entry));
    }),
  );
});

test("the verdict names a purge that means the entry", () => {
  fc.assert(
    fc.property(someMarkers, someEntry, (purges, entry) => {
      const markers = createPurgeMarkers();
      for (const marker of purges) markers.add(marker);
      const verdict = markers.verdictOn(entry);
      if (verdict.state === "kept") return;
      expect(STATES[severity([verdict.by], entry)]).toBe(verdict.state);
    }),
  );
});

const tagged = anEntry(["Cache-Control", "max-age=60", "Surrogate-Key", "red"], {
  fence: 100,
  request: aRequest([], { target: "/x/1?q=1" }),
});

test.each<[string, PurgeScope, boolean]>([
  ["everything", { kind: "all" }, true],
  ["its route", { kind: "route", route: "things" }, true],
  ["another route", { kind: "route", route: "thing" }, false],
  ["its tag", { kind: "tag", tag: "red" }, true],
  ["its tag in its route", { kind: "tag", tag: "red", route: "things" }, true],
  ["its tag in another route", { kind: "tag", tag: "red", route: "others" }, false],
  ["a tag that begins like its own", { kind: "tag", tag: "re" }, false],
  ["its URL", { kind: "url", route: "things", target: "/x/1?q=1" }, true],
  ["its path with another query", { kind: "url", route: "things", target: "/x/1" }, false],
  ["a prefix of it", { kind: "prefix", route: "things", target: "/x/" }, true],
  ["a prefix in another route", { kind: "prefix", route: "others", target: "/x/" }, false],
  ["a prefix of another", { kind: "prefix", route: "things", target: "/x/2" }, false],
])("a purge of %s", (_, scope, isMeant) => {
  const markers = createPurgeMarkers();
  markers.add({ scope, fence: 100, at: NOW, soft: false });
  expect(afterPurges(markers, tagged, NOW) === undefined).toBe(isMeant);
});

test("what is fetched after a purge stays, also when it is read before the purge is known", () => {
  const markers = createPurgeMarkers();
  const later = { ...tagged, fence: 101 };
  expect(afterPurges(markers, tagged, NOW)).toBe(tagged);
  expect(afterPurges(markers, later, NOW)).toBe(later);
  markers.add({ scope: { kind: "all" }, fence: 100, at: NOW, soft: false });
  expect(afterPurges(markers, tagged, NOW)).toBeUndefined();
  expect(afterPurges(markers, later, NOW)).toBe(later);
});

test("a soft purge makes stale since then, and the windows keep their lengths", () => {
  const route = aRoute({
    freshness: fixedFreshness({
      freshForMs: 60_000,
      staleWhileRevalidateMs: 10_000,
      staleIfErrorMs: 20_000,
    }),
  });
  const entry = anEntry([], { route, fence: 100 });
  const markers = createPurgeMarkers();
  markers.add({ scope: { kind: "all" }, fence: 100, at: NOW + 1_000, soft: true });
  for (const now of [NOW + 1_000, NOW + 5_000]) {
    expect(afterPurges(markers, entry, now)).toEqual({
      ...entry,
      staleAt: NOW + 1_000,
      revalidateUntil: NOW + 11_000,
      errorUntil: NOW + 21_000,
    });
  }
});

test("a soft purge changes nothing about what was stale before it", () => {
  const entry = anEntry(["Cache-Control", "max-age=60"], { fence: 100 });
  const markers = createPurgeMarkers();
  markers.add({ scope: { kind: "all" }, fence: 100, at: NOW + 90_000, soft: true });
  expect(afterPurges(markers, entry, NOW + 90_000)).toEqual(entry);
});

test("while purges are not known everything older counts as stale, and later as it did", () => {
  const entry = anEntry(["Cache-Control", "max-age=60"], { fence: 100 });
  const newer = { ...entry, fence: 101 };
  const markers = createPurgeMarkers();
  markers.assume({ scope: { kind: "all" }, fence: 100, at: NOW, soft: true });
  expect(afterPurges(markers, entry, NOW + 1)?.staleAt).toBe(NOW);
  expect(afterPurges(markers, newer, NOW + 1)).toBe(newer);
  markers.assume(undefined);
  expect(afterPurges(markers, entry, NOW + 1)).toBe(entry);
});
