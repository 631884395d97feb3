import { expect, test } from "vitest";
import { viewOf } from "../../../src/http/reports/view-of.ts";
import type { Profile } from "../../../src/reports/report.ts";
import { storedPull, storedReport } from "./reports.ts";

const YEAR = { text: "the last year" };

function profileWith(more: Partial<Profile>) {
  const report = storedReport("octocat");
  return viewOf({ ...report, profile: { ...report.profile, ...more } }, YEAR).profile;
}

test("what is not known is left out, not shown as zero", () => {
  const report = storedReport("octocat");
  const unknown = storedPull(1, {
    additions: null,
    deletions: null,
    changedFiles: null,
    size: null,
  });
  const [repository] = report.repositories;
  const view = viewOf(
    {
      ...report,
      totals: { ...report.totals, stars: null },
      repositories: [{ ...repository, pulls: [unknown] } as (typeof report.repositories)[0]],
    },
    YEAR,
  );
  expect(view.totals).not.toHaveProperty("stars");
  expect(view.totals).not.toHaveProperty("issues");
  expect(view.totals.reviewed).toBe(4);
  expect(view.repositories[0]).not.toHaveProperty("stars");
  expect(view.repositories[0]?.pulls[0]).not.toHaveProperty("size");
});

test("roles read as words, and no role is none", () => {
  const report = storedReport("octocat");
  expect(viewOf(report, YEAR).repositories[0]?.role).toBe("First time contributor");
  const [repository] = report.repositories;
  const none = { ...repository, role: "NONE" } as (typeof report.repositories)[0];
  expect(viewOf({ ...report, repositories: [none] }, YEAR).repositories[0]).not.toHaveProperty(
    "role",
  );
});

test("lines of pull requests whose files GitHub did not list whole are lower bounds", () => {
  const report = storedReport("octocat");
  const [repository] = report.repositories;
  const capped = {
    ...repository,
    pulls: [storedPull(1, { capped: true })],
  } as (typeof report.repositories)[0];
  const view = viewOf({ ...report, repositories: [capped] }, YEAR);
  expect(view.repositories[0]?.pulls[0]?.size).toEqual({
    name: "Small",
    additions: 10,
    deletions: 3,
    atLeast: true,
  });
});

test("an organisation, a site and accounts elsewhere are links, each once", () => {
  expect(profileWith({}).links).toEqual([
    { text: "@github", url: "https://github.com/github" },
    { text: "github.blog", url: "https://github.blog" },
    { text: "@octo on X", url: "https://x.com/octo" },
    { text: "Mastodon", url: "https://mastodon.example/@octo" },
  ]);
  expect(profileWith({}).company).toBeUndefined();
  expect(profileWith({ company: "Company of one" }).company).toBe("Company of one");
});

test.each(["javascript:alert(1)", "data:text/html,x", "not a url"])(
  "a profile whose address is %j can be shown",
  (url) => {
    expect(profileWith({ url, company: "@x" }).links[0]?.url).toBe("https://github.com/x");
  },
);

test("what is missing is said in sentences", () => {
  const missing = [
    { what: "files", count: 3, reason: "GitHub did not answer.", final: false },
    { what: "stars", count: 1, reason: "It is gone.", final: true },
  ] as const;
  const coverage = { complete: false, missing: [...missing], pullsWithFiles: 0 };
  expect(viewOf(storedReport("octocat", { coverage }), YEAR).missing).toEqual([
    "Missing: the files of 3 pull requests. GitHub did not answer.",
    "Missing: the stars of one repository. It is gone. Asking again would not help.",
  ]);
});
