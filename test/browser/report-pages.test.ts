import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { ReportView } from "../../src/http/pages/report/view.ts";
import { named } from "../../src/reports/chosen-period.ts";
import { startBrowser } from "../helpers/browser.ts";
import { MADE_AT, pull, reportView } from "../http/reports/views.ts";
import { startWorld } from "../http/reports/world.ts";

const PAGE = "/user/github/octocat";

/** Pictures of GitHub are out of reach here, and those of other hosts are what the policy is for. */
function faults(errors: readonly string[]): string[] {
  return errors.filter(
    (text) => !/ERR_NAME_NOT_RESOLVED|^Loading the image|status of 4\d\d/.test(text),
  );
}

const ATTACKS = [
  "<script>window.hit=1</script>",
  '"><img src=x onerror=window.hit=1>',
  "' onmouseover='window.hit=1",
  "</title></textarea></style><svg onload=window.hit=1>",
  "<a href=javascript:window.hit=1>x</a>",
  "{{constructor.constructor('window.hit=1')()}}",
  "]]><script>window.hit=1</script><![CDATA[",
  "\u202e\u0000\ufffe<iframe srcdoc='<script>parent.hit=1</script>'>",
];
const URLS = [
  "javascript:window.hit=1",
  "JaVaScRiPt:window.hit=1",
  "data:text/html,<script>window.hit=1</script>",
  " javascript:window.hit=1",
  "vbscript:x",
  'https://x/"><script>window.hit=1</script>',
];

/** A report that is hostile wherever somebody could write. */
function hostile(attack: string, url: string): ReportView {
  const text = `${attack} text`;
  return reportView("octocat", {
    profile: {
      name: text,
      bio: text,
      company: text,
      location: text,
      avatarUrl: url,
      url,
      links: [{ text, url }],
    },
    periodText: text,
    missing: [text],
    languages: [{ name: text, percent: 50 }],
    sizes: [{ name: text, count: 3 }],
    repositories: [
      {
        name: text,
        url,
        description: text,
        role: text,
        pulls: [
          pull(1, {
            title: text,
            url,
            size: { name: text, additions: 1, deletions: 2, atLeast: false },
          }),
        ],
      },
    ],
  });
}

async function isUnhurt(page: Page): Promise<boolean> {
  const protocols = await page
    .locator("main a")
    .evaluateAll((links) => links.map((link) => (link as { protocol?: string }).protocol));
  for (const protocol of protocols) expect(protocol).toMatch(/^https?:$/);
  await page.mouse.move(400, 300);
  return page.evaluate(() => (globalThis as { hit?: unknown }).hit === undefined);
}

test("whatever stands in names, titles, languages and links is text, and nothing of it runs", async () => {
  await using world = await startWorld();
  await using browser = await startBrowser();
  const { page } = browser;
  for (const [i, attack] of ATTACKS.entries()) {
    world.put("octocat", hostile(attack, URLS[i % URLS.length] as string));
    await page.goto(world.origin + PAGE);
    expect(await page.locator("h1").first().textContent()).toContain("text");
    expect(await isUnhurt(page), attack).toBe(true);
    expect(await page.locator("main script, main iframe, main img:not(.avatar img)").count()).toBe(
      0,
    );
    await page.goto(`${world.origin}${PAGE}/card.svg`);
    expect(await isUnhurt(page), `card: ${attack}`).toBe(true);
  }
  expect(faults(browser.errors)).toEqual([]);
});

test("logins, periods and ways back of an address are text too", async () => {
  await using world = await startWorld();
  await using browser = await startBrowser();
  const { page } = browser;
  for (const attack of [...ATTACKS.slice(0, 2), ATTACKS.join(" ")].map(encodeURIComponent)) {
    for (const path of [
      `/user/github/${attack}`,
      `/user/github?login=${attack}`,
      `${PAGE}?period=${attack}`,
      `${PAGE}?since=${attack}`,
      `${PAGE}?job=${attack}`,
      `/privacy?done=${attack}`,
      `/auth/callback?code=${attack}&state=${attack}&error=${attack}`,
    ]) {
      await page.goto(world.origin + path);
      expect(await isUnhurt(page), path).toBe(true);
    }
  }
  expect(faults(browser.errors)).toEqual([]);
});

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe finds wrong, by rule and place. */
async function violations(page: Page): Promise<string[]> {
  // The page's own policy lets no foreign script in; the inspector may.
  await page.evaluate(await readFile(AXE, "utf8"));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const found = await axe.run();
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`),
    );
  });
}

const PATHS = [
  ...["/", PAGE, "/privacy", "/user/github/-"],
  ...["/user/github/nobody", "/user/github/awaited"],
];

test.each(["light", "dark"] as const)(
  "every page can be used with assistive technology, in the %s theme and on a phone",
  async (colorScheme) => {
    await using world = await startWorld();
    await using browser = await startBrowser();
    const { page } = browser;
    await page.emulateMedia({ colorScheme });
    world.put("octocat", { missing: ["Something is not known."] });
    const { since, until } = named("1_year", MADE_AT);
    await world.jobs.enqueue({ login: "awaited", since, until, starIncrease: true });
    for (const width of [1_280, 390]) {
      await page.setViewportSize({ width, height: 844 });
      for (const path of PATHS) {
        await page.goto(world.origin + path);
        expect(await page.locator("progress").isVisible()).toBe(path.endsWith("awaited"));
        if (width > 390 || path === PAGE)
          expect(await violations(page), `${path} at ${width}`).toEqual([]);
        const room = await page.evaluate("document.documentElement.scrollWidth");
        expect(room, `${path} at ${width}`).toBeLessThanOrEqual(width);
      }
    }
  },
);

test("a phone gets a chart of its own, and every chart has its figures as a table", async () => {
  await using world = await startWorld();
  await using browser = await startBrowser();
  const { page } = browser;
  world.put("octocat");
  await page.goto(world.origin + PAGE);
  const full = page.locator("svg.chart.full");
  const narrow = page.locator("svg.chart.narrow");
  expect([await full.isVisible(), await narrow.isVisible()]).toEqual([true, false]);
  await page.setViewportSize({ width: 390, height: 844 });
  expect([await full.isVisible(), await narrow.isVisible()]).toEqual([false, true]);
  await page.getByText("Show as a table").click();
  await page.getByRole("table", { name: "Pull requests by month" }).waitFor();
});
