import { describe, expect, test } from "vitest";
import { type CaseResult, judge, type SuiteCase, tally } from "./verdict.ts";

const fails: CaseResult = ["Assertion", "Response 2 comes from cache"];

function verdicts(cases: Omit<SuiteCase, "name">[], results: Record<string, CaseResult>) {
  const named = cases.map((each) => ({ ...each, name: each.id }));
  return judge(named, new Map(Object.entries(results)));
}

describe("judge", () => {
  test("takes a case without a kind for a required one", () => {
    expect(verdicts([{ id: "a" }], { a: true })).toEqual([
      { id: "a", kind: "required", outcome: "pass", message: "" },
    ]);
  });

  test.each<[string, CaseResult, string, string]>([
    ["a failed assertion", fails, "fail", "Response 2 comes from cache"],
    ["a premise that did not hold", ["Setup", "no 200"], "setup-fail", "no 200"],
    ["a request that was sent twice", ["Setup", "retry"], "retry", "retry"],
    ["a request that broke", ["AbortError", "too slow"], "fail", "AbortError: too slow"],
  ])("tells %s from other failures", (_what, result, outcome, message) => {
    expect(verdicts([{ id: "a" }], { a: result })).toMatchObject([{ outcome, message }]);
  });

  test("lets a case count for nothing when one it depends on failed, however far away", () => {
    const cases = [{ id: "a" }, { id: "b", depends_on: ["a"] }, { id: "c", depends_on: ["b"] }];
    expect(verdicts(cases, { a: fails, b: true, c: fails })).toMatchObject([
      { outcome: "fail" },
      { outcome: "dependency-fail", message: "a did not pass" },
      { outcome: "dependency-fail", message: "b did not pass" },
    ]);
  });

  test("leaves out cases that were not run and takes them to hold as dependencies", () => {
    const cases = [{ id: "a" }, { id: "b", depends_on: ["a"] }];
    expect(verdicts(cases, { b: true })).toMatchObject([{ id: "b", outcome: "pass" }]);
  });
});

test("tally counts the outcomes of each kind", () => {
  const counted = tally(
    verdicts([{ id: "a" }, { id: "b" }, { id: "c", kind: "optimal" }], {
      a: true,
      b: fails,
      c: ["Setup", "no 200"],
    }),
  );
  expect(counted).toMatchObject({
    required: { pass: 1, fail: 1 },
    optimal: { pass: 0, "setup-fail": 1 },
    check: { pass: 0, fail: 0 },
  });
});
