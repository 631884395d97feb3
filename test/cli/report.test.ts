import { expect, test } from "vitest";
import { readSortKey } from "../../src/cli/report/sort.ts";
import { startGitHub } from "../helpers/github.ts";
import { addPull, addPulls } from "../helpers/github-data.ts";
import { PATIENCE, runCli } from "./cache-process.ts";

async function open() {
  const github = await startGitHub();
  const env = { GITHUB_API_URL: github.url, GITHUB_TOKEN: "ghp_canary" };
  return {
    github,
    run: (...args: string[]) => runCli(["report", ...args], env),
    [Symbol.asyncDispose]: () => github[Symbol.asyncDispose](),
  };
}

test(
  "a report is a box of sums and a table of pull requests, the newest first",
  PATIENCE,
  async () => {
    await using cli = await open();
    addPulls(cli.github.data, { count: 6, repositories: 2 });
    addPull(cli.github.data, {
      repository: "owner0/project0",
      number: 99,
      createdAt: Date.now() - 3_600_000,
      title: `A \u001b[31mlong title ${"x".repeat(100)}`,
    });
    const { code, out, err } = await cli.run("octocat", "--show-urls", "--show-star-increase");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^┌─ Contributions of octocat ─+┐\n/);
    expect(out).toContain("Pull requests     7: 4 merged, 3 open, 0 closed");
    expect(out).toContain("Markdown 50.0 %, TypeScript 50.0 %");
    expect(out).toContain("Stars gained      2");
    const rows = out.split("\n").filter((line) => line.includes("https://"));
    expect(rows).toHaveLength(7);
    expect(rows[0]).toMatch(/^owner0\/project0 +1 +#99 +A \[31mlong title x+… +One Liner +open/);
    expect(out).toMatch(/\n7 pull requests in 2 repositories\.\n$/);
    expect(out).not.toContain("\u001b");
  },
);

test(
  "as JSON it is the report as the API tells it, in any order of options",
  PATIENCE,
  async () => {
    await using cli = await open();
    addPulls(cli.github.data, { count: 3 });
    const { code, out } = await cli.run("--json", "OctoCat", "--period", "5_years");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      login: "octocat",
      totals: { pulls: 3 },
      coverage: { complete: true },
    });
    expect(out).not.toContain("canary");
  },
);

test("what cannot be found out is told, and the exit code is 2", PATIENCE, async () => {
  await using cli = await open();
  addPulls(cli.github.data, { count: 3 });
  cli.github.intercept = ({ url }) => {
    if (url.pathname.endsWith("/social_accounts")) return { status: 451, body: {} };
    return /pulls.2.files$/.test(url.pathname) ? { status: 200, body: {} } : undefined;
  };
  const { code, out } = await cli.run("octocat", "--sort", "state", "--sort", "title:asc");
  expect(code).toBe(2);
  expect(out).toContain("1 social: GitHub may not");
  expect(out).toContain("Missing           1 files: GitHub's answer was not what it should be.");
  expect(out.match(/Change number \d/g)).toEqual([0, 1, 2].map((i) => `Change number ${i}`));
});

test(
  "an unknown user and a refused token are told in a sentence, without the token",
  PATIENCE,
  async () => {
    await using cli = await open();
    expect(await cli.run("nobody")).toEqual({
      code: 1,
      out: "",
      err: "GitHub knows no user nobody.\n",
    });
    cli.github.tokens.add("another");
    const refused = await cli.run("octocat");
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toBe("GitHub does not accept the token, or no longer.\n");
  },
);

test("a wait for the limit is told, also where there is no terminal", PATIENCE, async () => {
  await using cli = await open();
  addPulls(cli.github.data, { count: 2 });
  cli.github.intercept = ({ url }) => {
    if (url.pathname !== "/users/octocat" || cli.github.asked.length > 1) return undefined;
    const reset = String(Math.ceil(Date.now() / 1_000) + 2);
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
    return { status: 403, body: { message: "API rate limit exceeded" }, headers };
  };
  const { code, out, err } = await cli.run("octocat");
  expect(code).toBe(0);
  expect(out).toContain("2 pull requests in 2 repositories.");
  expect(err).toMatch(/^Waiting for GitHub's limit, until \d/);
});

test("a wrong call is told before anything is asked, with 64", PATIENCE, async () => {
  await using cli = await open();
  const wrongs: [string[], string][] = [
    [["octo cat"], "not a GitHub login"],
    [["octocat", "--period", "1_year", "--since", "2025-02-30"], "--period goes without"],
    [["octocat", "--sort", "stars"], "needs --show-star-increase"],
  ];
  const runs = wrongs.map(async ([args, words]) => {
    const ran = await cli.run(...args);
    expect(ran, args.join(" ")).toMatchObject({ code: 64, out: "" });
    expect(ran.err).toContain(words);
  });
  await Promise.all(runs);
  expect(cli.github.asked).toEqual([]);
});

test.each([
  ["created", { field: "created", ascending: false }],
  ["merged:asc", { field: "merged", ascending: true }],
  ["stars:desc", { field: "stars", ascending: false }],
  ["stars:up", undefined],
  ["stars:asc:asc", undefined],
  ["size", undefined],
  ["", undefined],
])("--sort %s", (text, key) => {
  expect(readSortKey(text)).toEqual(key);
});
