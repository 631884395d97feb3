import { expect, test } from "vitest";
import {
  inOrder,
  roleOf,
  rolesOf,
  sizeDistribution,
  sizeOf,
  stateOf,
  totalsOf,
} from "../../src/reports/metrics.ts";
import type { Pull, Repository } from "../../src/reports/report.ts";

const PULL: Pull = {
  number: 1,
  title: "A change",
  url: "https://github.com/o/r/pull/1",
  author: "octocat",
  state: "merged",
  createdAt: 1,
  updatedAt: 1,
  closedAt: 1,
  mergedAt: 1,
  role: "MEMBER",
  additions: 10,
  deletions: 2,
  changedFiles: 3,
  size: "Small",
  languages: { TypeScript: 3 },
  capped: false,
};

const UNKNOWN: Pull = {
  ...PULL,
  additions: null,
  deletions: null,
  changedFiles: null,
  size: null,
  languages: null,
};

function repository(name: string, facts: Partial<Repository> = {}): Repository {
  const owner = name.split("/")[0] as string;
  const rest = { description: null, role: null, stars: null, pulls: [PULL] };
  return { name, owner, url: `https://github.com/${name}`, ...rest, ...facts };
}

test.each([
  [0, "One Liner"],
  [1, "One Liner"],
  [2, "Small"],
  [100, "Small"],
  [101, "Medium"],
  [500, "Medium"],
  [501, "Large"],
  [1_500, "Large"],
  [1_501, "Huge"],
  [5_000, "Huge"],
  [5_001, "Massive"],
])("a pull request of %i lines is %s", (lines, size) => {
  expect(sizeOf(lines)).toBe(size);
});

test.each([
  ["closed", 5, "merged"],
  ["closed", null, "closed"],
  ["open", null, "open"],
  ["open", undefined, "open"],
])("one that is %s, merged at %s, counts as %s", (state, mergedAt, shown) => {
  expect(stateOf(state, mergedAt)).toBe(shown);
});

test("sums are over what is known, and the stars of a repository count once", () => {
  const stars = { count: 7, atLeast: false };
  const totals = totalsOf([
    repository("a/a", { stars, pulls: [PULL, { ...PULL, state: "open" }, UNKNOWN] }),
    repository("b/b", { stars, pulls: [{ ...PULL, state: "closed" }] }),
  ]);
  expect(totals).toEqual({
    ...{ pulls: 4, merged: 2, open: 1, closed: 1, repositories: 2 },
    ...{ additions: 30, deletions: 6, changedFiles: 9, stars: { count: 14, atLeast: false } },
  });
});

test.each([
  ["a lower bound", { count: 1_000, atLeast: true }, { count: 1_005, atLeast: true }],
  ["unknown", null, { count: 5, atLeast: true }],
])("where the stars of one repository are %s, the sum is a lower bound", (_, stars, sum) => {
  const known = repository("a/a", { stars: { count: 5, atLeast: false } });
  expect(totalsOf([known, repository("b/b", { stars })]).stars).toEqual(sum);
});

test("where no stars are known, or there is nothing, there is no sum of stars", () => {
  expect(totalsOf([repository("a/a")]).stars).toBeNull();
  expect(totalsOf([])).toMatchObject({ pulls: 0, additions: 0, stars: null });
});

test("sizes are counted from the smallest, without those that do not occur or are not known", () => {
  const pulls: Pull[] = [{ ...PULL, size: "Massive" }, PULL, PULL, UNKNOWN];
  expect(sizeDistribution(pulls)).toEqual([
    { name: "Small", count: 2 },
    { name: "Massive", count: 1 },
  ]);
});

test("the role in a repository is that of the newest pull request", () => {
  const older = { createdAt: 1, role: "FIRST_TIME_CONTRIBUTOR" };
  expect(roleOf([older, { createdAt: 2, role: "OWNER" }])).toBe("OWNER");
  expect(roleOf([older, { createdAt: 2, role: null }])).toBeNull();
  expect(roleOf([])).toBeNull();
  expect(rolesOf([{ role: "NONE" }, { role: "OWNER" }, { role: "OWNER" }, { role: null }])).toEqual(
    [
      { role: "OWNER", repositories: 2 },
      { role: "NONE", repositories: 1 },
    ],
  );
});

test("repositories are in the order of stars gained, or of pull requests for all time, then by name", () => {
  const all = [
    repository("c/unknown"),
    repository("b/none", { stars: { count: 0, atLeast: false }, pulls: [PULL, PULL] }),
    repository("a/some", { stars: { count: 1_000, atLeast: false } }),
    repository("d/most", { stars: { count: 1_000, atLeast: true } }),
  ];
  const names = (isAllTime: boolean) => inOrder(all, isAllTime).map(({ name }) => name);
  expect(names(false)).toEqual(["d/most", "a/some", "b/none", "c/unknown"]);
  expect(names(true)).toEqual(["b/none", "a/some", "c/unknown", "d/most"]);
});
