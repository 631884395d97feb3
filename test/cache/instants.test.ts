import fc from "fast-check";
import { expect, test } from "vitest";
import { instantsOf, overAtOnce } from "../../src/cache/instants.ts";
import { responseDirectives } from "../../src/cache/response-directives.ts";
import type { Route } from "../../src/config/route.ts";
import {
  anArrival,
  aResponse,
  aRoute,
  DAY,
  fixedFreshness,
  inSeconds,
  NOW,
} from "../helpers/cache.ts";

const CC = "Cache-Control";

/** Seconds from the arrival. */
function seconds(fields: string[], route: Partial<Route> = {}, delayMs = 0) {
  const head = aResponse(fields);
  const arrival = anArrival({ route: aRoute(route), requestAt: NOW - delayMs });
  const instants = instantsOf(head, responseDirectives(fields, true), arrival);
  return Object.fromEntries(
    Object.entries(instants).map(([name, at]) => [name, (at - NOW) / 1000]),
  );
}

const WEEK = 7 * 86_400;

test("freshness counts from age zero, the windows from its end, and a week is added for a dead source", () => {
  const fields = [CC, "max-age=60, stale-while-revalidate=5, stale-if-error=7", "Age", "20"];
  expect(seconds(fields, {}, 3_000)).toEqual({
    bornAt: -23,
    staleAt: 37,
    revalidateUntil: 42,
    errorUntil: 44,
    deleteAt: 44 + WEEK,
  });
});

test("a response that needs validation each time was never fresh", () => {
  const fields = [CC, "max-age=60, no-cache", "ETag", '"a"', "Age", "20"];
  expect(seconds(fields)).toMatchObject({ bornAt: -20, staleAt: -20, deleteAt: WEEK });
});

test("what may neither be validated nor served stale goes when it is stale", () => {
  expect(seconds([CC, "max-age=60, must-revalidate"]).deleteAt).toBe(60);
  expect(seconds([CC, "s-maxage=60"]).deleteAt).toBe(60);
  expect(seconds([CC, "max-age=60, must-revalidate", "ETag", '"a"']).deleteAt).toBe(60 + WEEK);
});

test("fixed freshness counts from the arrival, however old the response is", () => {
  const freshness = fixedFreshness({ staleWhileRevalidateMs: 5_000, staleIfErrorMs: 7_000 });
  expect(seconds(["Age", "900", CC, "max-age=1"], { freshness })).toEqual({
    bornAt: -900,
    staleAt: 60,
    revalidateUntil: 65,
    errorUntil: 67,
    deleteAt: 67,
  });
});

test("nothing stays fresh or is kept for more than 366 days", () => {
  const fields = [
    CC,
    "max-age=99999999999, stale-while-revalidate=99999999999, stale-if-error=99999999999",
  ];
  const { bornAt, ...rest } = seconds(fields);
  expect(bornAt).toBe(0);
  expect(new Set(Object.values(rest))).toEqual(new Set([366 * 86_400]));
});

test.each(["no-store, max-age=60", "private, max-age=60"])(
  "a response with %s is over at once",
  (cacheControl) => {
    const head = aResponse([CC, cacheControl]);
    const directives = responseDirectives(head.fields, true);
    expect(instantsOf(head, directives, anArrival())).toEqual(overAtOnce(NOW, NOW));
  },
);

test("a private response lives where entries are kept per principal, and no-store where the status is understood", () => {
  expect(seconds([CC, "private, max-age=60"], { perPrincipal: true }).staleAt).toBe(60);
  expect(seconds([CC, "must-understand, no-store, max-age=60"]).staleAt).toBe(60);
});

test("whatever a response says, its instants are in order, finite and bounded", () => {
  const number = fc.oneof(fc.nat(), fc.bigInt({ min: 0n }), fc.string());
  fc.assert(
    fc.property(number, number, number, number, fc.integer(), (age, maxAge, swr, sie, date) => {
      const directives = `max-age=${maxAge}, stale-while-revalidate=${swr}, stale-if-error=${sie}`;
      const head = aResponse([CC, directives, "Age", `${age}`, "Date", inSeconds(date)]);
      const at = instantsOf(head, responseDirectives(head.fields, true), anArrival());
      expect(at.bornAt).toBeLessThanOrEqual(NOW);
      expect(at.staleAt).toBeGreaterThanOrEqual(at.bornAt);
      expect(at.revalidateUntil).toBeGreaterThanOrEqual(at.staleAt);
      expect(at.errorUntil).toBeGreaterThanOrEqual(at.staleAt);
      expect(at.deleteAt).toBeGreaterThanOrEqual(Math.max(at.revalidateUntil, at.errorUntil));
      expect(at.deleteAt).toBeLessThanOrEqual(NOW + 366 * DAY);
    }),
  );
});
