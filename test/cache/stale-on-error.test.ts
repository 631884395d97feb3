import { expect, test } from "vitest";
import { mayServeStaleOnError, type SourceFailure } from "../../src/cache/stale-on-error.ts";
import type { FieldList } from "../../src/fields.ts";
import { anEntry, aRequest, aRoute, fixedFreshness, NOW } from "../helpers/cache.ts";

const CC = "Cache-Control";
const UNREACHABLE: SourceFailure = { kind: "unreachable" };
const SLOW: SourceFailure = { kind: "slow" };
const status = (code: number): SourceFailure => ({ kind: "status", status: code });

/** Whether the entry may be served so many seconds after its arrival. */
function may(
  fields: FieldList,
  at: number,
  failure: SourceFailure,
  asked: FieldList = [],
  route = aRoute(),
): boolean {
  return mayServeStaleOnError(
    anEntry(fields, { route }),
    aRequest(asked),
    route,
    NOW + at * 1000,
    failure,
  );
}

const DAYS = 86_400;

test.each([UNREACHABLE, SLOW])(
  "without stale-if-error a stale response stands in when the source is $kind",
  (failure) => {
    expect(may([CC, "max-age=60"], 61, failure)).toBe(true);
    expect(may([CC, "max-age=60"], 6 * DAYS, failure)).toBe(true);
  },
);

test("it stands in for as long as it is kept and no longer", () => {
  expect(may([CC, "max-age=60"], 7 * DAYS + 59, UNREACHABLE)).toBe(true);
  expect(may([CC, "max-age=60"], 7 * DAYS + 60, UNREACHABLE)).toBe(false);
});

test.each(["must-revalidate", "proxy-revalidate", "no-cache", "s-maxage=60"])(
  "%s forbids it, however the source fails",
  (directive) => {
    const fields = [CC, `max-age=60, ${directive}`, "ETag", '"a"'];
    for (const failure of [UNREACHABLE, SLOW, status(503)])
      expect(may(fields, 61, failure)).toBe(false);
  },
);

test.each(["must-revalidate", "proxy-revalidate", "no-cache"])(
  "%s forbids it also beside stale-if-error",
  (directive) => {
    expect(
      may([CC, `max-age=60, stale-if-error=60, ${directive}`, "ETag", '"a"'], 61, UNREACHABLE),
    ).toBe(false);
  },
);

test("stale-if-error beside s-maxage is meant: inside its window, and not after it", () => {
  const fields = [CC, "s-maxage=60, stale-if-error=60", "ETag", '"a"'];
  expect(may(fields, 119, UNREACHABLE)).toBe(true);
  expect(may(fields, 119, status(503))).toBe(true);
  expect(may(fields, 120, UNREACHABLE)).toBe(false);
});

test.each([500, 502, 503, 504])("a %i is covered by stale-if-error and by nothing else", (code) => {
  expect(may([CC, "max-age=60, stale-if-error=60"], 119, status(code))).toBe(true);
  expect(may([CC, "max-age=60, stale-if-error=60"], 120, status(code))).toBe(false);
  expect(may([CC, "max-age=60"], 61, status(code))).toBe(false);
});

test.each([200, 404, 429, 501, 505, 599])("a %i is an answer and no failure", (code) => {
  expect(may([CC, "max-age=60, stale-if-error=60"], 61, status(code))).toBe(false);
  expect(may([CC, "max-age=60"], 0, status(code))).toBe(false);
});

test("a fresh response stands in whatever the failure: the client that wanted it validated has had its wish", () => {
  const asked = [CC, "no-cache"];
  expect(may([CC, "max-age=60, must-revalidate"], 59, UNREACHABLE, asked)).toBe(true);
  expect(may([CC, "max-age=60"], 59, status(503), asked)).toBe(true);
  expect(may([CC, "max-age=60, must-revalidate", "ETag", '"a"'], 60, UNREACHABLE)).toBe(false);
});

test("a client can widen the window, but not against the source's word", () => {
  const asked = [CC, "stale-if-error=30"];
  expect(may([CC, "max-age=60"], 89, status(503), asked)).toBe(true);
  expect(may([CC, "max-age=60"], 90, status(503), asked)).toBe(false);
  expect(may([CC, "s-maxage=60", "ETag", '"a"'], 61, status(503), asked)).toBe(false);
  expect(
    may([CC, "max-age=60"], 89, status(503), asked, aRoute({ clientCacheControl: "ignore" })),
  ).toBe(false);
});

const FIXED = aRoute({ freshness: fixedFreshness({ staleIfErrorMs: 60_000 }) });

test.each([UNREACHABLE, SLOW, status(500), status(503), status(599), status(429)])(
  "with fixed freshness the operator's window decides alone: %j",
  (failure) => {
    const fields = [CC, "no-cache, must-revalidate", "ETag", '"a"'];
    expect(may(fields, 119, failure, [], FIXED)).toBe(true);
    expect(may(fields, 120, failure, [], FIXED)).toBe(false);
  },
);

test("with fixed freshness a refusal by the source is still an answer", () => {
  expect(may([], 61, status(404), [], FIXED)).toBe(false);
});

test("a part stands in only for what it holds", () => {
  const route = aRoute();
  const entry = anEntry([CC, "max-age=60", "Content-Range", "bytes 4-9/10"], {
    status: 206,
    body: "456789",
  });
  const at = NOW + 61_000;
  expect(
    mayServeStaleOnError(entry, aRequest(["Range", "bytes=4-5"]), route, at, UNREACHABLE),
  ).toBe(true);
  expect(mayServeStaleOnError(entry, aRequest(), route, at, UNREACHABLE)).toBe(false);
});
