import { gunzipSync, gzipSync } from "node:zlib";
import { Redis } from "ioredis";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { startBrowser } from "../helpers/browser.ts";
import { builtSources } from "../helpers/build.ts";
import { addPulls } from "../helpers/github-data.ts";
import { type ReportSite, startReportSite } from "../helpers/report-site.ts";
import { createClient } from "../http/sign-in/start.ts";

const PAGE = "/user/github/octocat";
const API = "/api/reports/github/octocat";

beforeAll(() => void builtSources(), 180_000);

/** GitHub tells of the files of four pull requests, and of further ones when somebody opens. */
function holdFiles({ github }: ReportSite): () => void {
  let open = () => {};
  const opened = new Promise<undefined>((resolve) => {
    open = () => resolve(undefined);
  });
  let told = 0;
  github.intercept = ({ url }) =>
    url.pathname.endsWith("/files") && ++told > 4 ? opened : undefined;
  return open;
}

/** Faults that a page has of itself: pictures are out of reach, and of a host that the policy does not name. */
function faults(errors: readonly string[]): string[] {
  return errors.filter((text) => !/^Loading the image|status of 404/.test(text));
}

async function signInOn(page: Page, origin: string): Promise<void> {
  page.context().setDefaultTimeout(20_000);
  await page.goto(origin + PAGE);
  await page.getByRole("link", { name: "Sign in to make it" }).click();
  await page.getByRole("button", { name: "Make the report" }).waitFor();
}

async function reportAt(site: ReportSite, query = "") {
  const { text } = await createClient(site.origin).ask(API + query);
  return JSON.parse(text);
}

test("a visitor signs in, has two reports made in order, watches them come along, and shares them", async () => {
  await using site = await startReportSite();
  const { github, origin } = site;
  addPulls(github.data, { count: 12 });
  const open = holdFiles(site);
  await using browser = await startBrowser();
  const { page } = browser;
  await signInOn(page, origin);
  await page.getByRole("button", { name: "Make the report" }).click();
  await page.getByText(/^Reading changed files: \d of 12\.$/).waitFor();
  expect(await page.getByRole("progressbar").getAttribute("value")).toMatch(/^\d+$/);

  const later = await page.context().newPage();
  await later.goto(`${origin}${PAGE}?period=2_years`);
  await later.getByRole("button", { name: "Make the report" }).click();
  await later.getByText("Waiting: 1 before it.").waitFor();

  open();
  await page.getByRole("heading", { name: "The octocat" }).waitFor();
  expect(page.url()).toBe(origin + PAGE);
  await later.getByRole("heading", { name: "The octocat" }).waitFor();
  expect(later.url()).toBe(`${origin}${PAGE}?period=2_years`);
  const [first, second] = [await reportAt(site), await reportAt(site, "?period=2_years")];
  expect(first).toMatchObject({ totals: { pulls: 12 }, coverage: { complete: true } });
  expect(Date.parse(second.dataAt)).toBeGreaterThanOrEqual(Date.parse(first.madeAt));

  const asked = github.asked.length;
  await using stranger = await startBrowser();
  await stranger.page.goto(page.url());
  await stranger.page.getByRole("heading", { name: "The octocat" }).waitFor();
  await stranger.page.getByText("Change number 3").waitFor();
  await stranger.page.getByRole("link", { name: "Sign in" }).waitFor();
  expect(github.asked).toHaveLength(asked);
  expect(faults([...browser.errors, ...stranger.errors])).toEqual([]);
});

test("a page for which there is no room among the watchers turns into the report all the same", async () => {
  await using site = await startReportSite({ JOB_WATCHERS: "0" });
  addPulls(site.github.data, { count: 8 });
  const open = holdFiles(site);
  await using browser = await startBrowser();
  const { page } = browser;
  await signInOn(page, site.origin);
  const refused = page.waitForResponse((answer) => answer.status() === 503);
  await page.getByRole("button", { name: "Make the report" }).click();
  await refused;
  open();
  await page.getByRole("heading", { name: "The octocat" }).waitFor();
});

test("a visitor deletes the reports about them, opts out, is reported about no more, and signs out", async () => {
  await using site = await startReportSite();
  const { github, origin } = site;
  addPulls(github.data, { count: 3 });
  await using browser = await startBrowser();
  const { page } = browser;
  await signInOn(page, origin);
  const make = async () => {
    await page.getByRole("button", { name: "Make the report" }).click();
    await page.getByRole("heading", { name: "The octocat" }).waitFor();
  };
  await make();
  page.once("dialog", (dialog) => void dialog.accept());
  await page.getByRole("button", { name: "Delete reports about me" }).click();
  await page.getByText("All reports about you have been deleted.").waitFor();
  const stranger = createClient(origin);
  expect((await stranger.ask(API)).status).toBe(404);

  await page.goto(origin + PAGE);
  await make();
  await page.goto(`${origin}/privacy`);
  await page.getByRole("button", { name: "Delete them and opt out" }).click();
  await page.getByText("You have opted out").waitFor();
  expect((await stranger.ask(API)).status).toBe(410);
  await page.goto(origin + PAGE);
  await page.getByRole("heading", { name: "There is no report about this person" }).waitFor();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("link", { name: "Sign in with GitHub" }).waitFor();
  expect(faults(browser.errors).filter((text) => !/status of 410/.test(text))).toEqual([]);
});

test("an old report is shown at once, and made anew for a visitor who is signed in", async () => {
  await using site = await startReportSite();
  addPulls(site.github.data, { count: 3 });
  await using browser = await startBrowser();
  const { page } = browser;
  await signInOn(page, site.origin);
  await page.getByRole("button", { name: "Make the report" }).click();
  await page.getByRole("heading", { name: "The octocat" }).waitFor();
  await backdate(site, 2 * 86_400_000);
  const asked = site.github.asked.length;
  await using stranger = await startBrowser();
  await stranger.page.goto(site.origin + PAGE);
  await stranger.page.getByText("There may be news.").waitFor();
  expect(site.github.asked).toHaveLength(asked);
  const open = holdFiles(site);
  addPulls(site.github.data, { count: 8 });
  await page.goto(site.origin + PAGE);
  await page.getByText("A newer report is being made.").waitFor();
  expect(await page.getByText("Change number 2").count()).toBeGreaterThan(0);
  open();
  await page.getByText("Change number 7").waitFor();
  expect((await reportAt(site)).totals.pulls).toBe(11);
  expect(faults([...browser.errors, ...stranger.errors])).toEqual([]);
});

/** Stored reports, as if they had been made earlier. */
async function backdate({ redis }: ReportSite, ms: number): Promise<void> {
  const client = new Redis(redis.url);
  for (const key of await client.keys("*:made:r:*")) {
    const report = JSON.parse(
      gunzipSync((await client.hgetBuffer(key, "report")) as Buffer).toString(),
    );
    const madeAt = report.madeAt - ms;
    const packed = gzipSync(JSON.stringify({ ...report, madeAt, dataAt: madeAt }));
    await client.hset(key, { madeAt, report: packed });
  }
  client.disconnect();
}
