import { expect, test } from "vitest";
import { searchPulls } from "../../src/github/search.ts";
import { addPull, addPulls } from "../helpers/github-data.ts";
import { openGitHub } from "./opening.ts";

const DAY_MS = 86_400_000;
const LAST_YEAR = { since: Date.now() - 365 * DAY_MS, until: Date.now() };

test("each pull request is found once, the newest first, and those of others and of other times are not", async () => {
  await using world = await openGitHub();
  addPulls(world.github.data, { count: 250 });
  addPulls(world.github.data, { count: 5, login: "hubot" });
  addPulls(world.github.data, { count: 5, before: LAST_YEAR.since - DAY_MS });
  const told: number[] = [];
  const { pulls, lost, odd } = await searchPulls(world.client, "octocat", LAST_YEAR, (found) =>
    told.push(found),
  );
  expect({ lost, odd }).toEqual({ lost: 0, odd: 0 });
  expect(pulls.map(({ title }) => title)).toEqual(
    Array.from({ length: 250 }, (_, i) => `Change number ${i}`),
  );
  expect(told).toEqual([100, 200, 250]);
});

test("1,500 are all found, although one search tells of a thousand at most", async () => {
  await using world = await openGitHub();
  addPulls(world.github.data, { count: 1_500, stepMs: 5 * 3_600_000 });
  const { pulls, lost } = await searchPulls(world.client, "octocat", LAST_YEAR, () => {});
  expect(pulls).toHaveLength(1_500);
  expect(lost).toBe(0);
  // One that tells how many there are, two parts of eight pages.
  expect(world.github.asked.length).toBeLessThan(20);
});

test("a search that GitHub breaks off is asked again in halves", async () => {
  await using world = await openGitHub();
  const { github } = world;
  addPulls(github.data, { count: 60, stepMs: 6 * DAY_MS });
  let whole: string | null = null;
  github.intercept = ({ url }) => {
    const q = url.searchParams.get("q");
    whole ??= q;
    if (q !== whole) return undefined;
    return { status: 200, body: { total_count: 3, incomplete_results: true, items: [] } };
  };
  const { pulls, lost } = await searchPulls(world.client, "octocat", LAST_YEAR, () => {});
  expect(pulls).toHaveLength(60);
  expect(lost).toBe(0);
  expect(github.asked).toHaveLength(3);
});

test("where GitHub breaks off every search, that is told, and it is not asked for ever", async () => {
  await using world = await openGitHub();
  const { github } = world;
  github.intercept = () => ({
    status: 200,
    body: { total_count: 3, incomplete_results: true, items: [] },
  });
  const range = { since: Date.parse("2008-01-01"), until: Date.now() };
  const { lost } = await searchPulls(world.client, "octocat", range, () => {});
  expect(lost).toBeGreaterThan(0);
  expect(github.asked.length).toBeLessThan(50);
});

test("what more than a thousand have in one second is lost, and counted", async () => {
  await using world = await openGitHub();
  const createdAt = Math.floor(Date.now() / 1_000) * 1_000 - DAY_MS;
  for (let number = 1; number <= 1_010; number++)
    addPull(world.github.data, { repository: "busy/bee", number, createdAt });
  const range = { since: createdAt - 3_000, until: createdAt + 3_000 };
  const { pulls, lost } = await searchPulls(world.client, "octocat", range, () => {});
  expect(pulls).toHaveLength(1_000);
  expect(lost).toBe(10);
});

test("a result that is not what it should be is left out, and counted", async () => {
  await using world = await openGitHub();
  const { github } = world;
  github.intercept = () => ({
    status: 200,
    body: { total_count: 3, items: [null, { number: "x" }, { node_id: "1", title: null }] },
  });
  const { pulls, odd } = await searchPulls(world.client, "octocat", LAST_YEAR, () => {});
  expect(pulls).toEqual([]);
  expect(odd).toBe(3);
});

test("what is no login is not asked about, as it could widen the question", async () => {
  await using world = await openGitHub();
  for (const login of ["octo cat", "x repo:org/secret", "", "-a", "a".repeat(40), "a\nb"])
    await expect(searchPulls(world.client, login, LAST_YEAR, () => {})).rejects.toMatchObject({
      fault: "not-found",
    });
  expect(world.github.asked).toEqual([]);
});
