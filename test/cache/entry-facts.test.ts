import { expect, test } from "vitest";
import { factsOf } from "../../src/cache/entry-facts.ts";
import { anEntry, aRoute, fixedFreshness } from "../helpers/cache.ts";

const CC = "Cache-Control";

test.each<[fields: string[], validatable: boolean, noCache: boolean, staleForbidden: boolean]>([
  [[CC, "max-age=1"], false, false, false],
  [[CC, "max-age=1", "ETag", '"a"'], true, false, false],
  [[CC, "max-age=1", "Last-Modified", "x"], true, false, false],
  [[CC, "no-cache"], false, true, true],
  [[CC, "max-age=1, must-revalidate"], false, false, true],
  [[CC, "s-maxage=1"], false, false, true],
])("of %j: validatable %s, no-cache %s, stale forbidden %s", (fields, ...expected) => {
  const [validatable, noCache, staleForbidden] = expected;
  expect(factsOf(anEntry(fields), aRoute())).toEqual({ validatable, noCache, staleForbidden });
});

test("under fixed freshness the source's directives forbid nothing", () => {
  const entry = anEntry([CC, "no-cache, must-revalidate, s-maxage=1"]);
  const facts = factsOf(entry, aRoute({ freshness: fixedFreshness() }));
  expect(facts).toMatchObject({ noCache: false, staleForbidden: false });
});

test("the facts of an entry are worked out once", () => {
  const entry = anEntry([CC, "max-age=1"]);
  expect(factsOf(entry, aRoute())).toBe(factsOf(entry, aRoute()));
});
