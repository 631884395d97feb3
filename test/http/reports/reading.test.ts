import { expect, test } from "vitest";
import { startRedis } from "../../helpers/redis.ts";
import { createClient } from "../sign-in/start.ts";
import { MADE_AT } from "./views.ts";
import { startWorld } from "./world.ts";

const PAGE = "/user/github/octocat";
const HTML = { headers: { accept: "text/html" } };
const JSON_ONLY = { headers: { accept: "application/json" } };

test("a stranger reads a stored report, and a shared cache may keep it for a minute", async () => {
  await using world = await startWorld();
  world.put("octocat");
  const { ask } = createClient(world.origin);
  const { status, text, headers } = await ask(PAGE, HTML);
  expect(status).toBe(200);
  expect(text).toContain("Mona Lisa Octocat");
  expect(headers.get("cache-control")).toBe("public, max-age=0, s-maxage=60, must-revalidate");
  expect(headers.get("vary")).toBe("Cookie, Accept");
  const etag = headers.get("etag") as string;
  const again = await ask(PAGE, { headers: { accept: "text/html", "if-none-match": etag } });
  expect(again).toMatchObject({ status: 304, text: "" });
});

test("who is signed in gets a page of their own, which no shared cache may keep", async () => {
  await using world = await startWorld();
  world.put("octocat");
  const anonymous = await createClient(world.origin).ask(PAGE, HTML);
  const client = await world.signIn();
  const { headers, text } = await client.ask(PAGE, HTML);
  expect(headers.get("cache-control")).toBe("private, no-cache");
  expect(headers.get("etag")).not.toBe(anonymous.headers.get("etag"));
  expect(text).toContain("Sign out");
  expect(anonymous.text).not.toContain("csrf");
});

test("pages tell search engines to stay away, unless they are invited", async () => {
  await using world = await startWorld();
  const { ask } = createClient(world.origin);
  expect((await ask("/")).headers.get("x-robots-tag")).toBe("noindex, nofollow");
  await using listed = await startWorld({ settings: { indexed: true } });
  expect((await createClient(listed.origin).ask("/")).headers.get("x-robots-tag")).toBeNull();
});

test("nothing inline runs or paints, and no page is framed", async () => {
  await using world = await startWorld();
  world.put("octocat");
  const { ask } = createClient(world.origin);
  for (const path of ["/", PAGE, "/privacy", "/user/github/nobody", "/user/github/a%00b"]) {
    const { headers, text } = await ask(path, HTML);
    const policy = headers.get("content-security-policy") as string;
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/i);
  }
});

test("where signing in is not set up, pages offer none and say so, and reports are read all the same", async () => {
  await using world = await startWorld({ signIn: false });
  world.put("octocat");
  const { ask, post } = createClient(world.origin);
  const home = await ask("/", HTML);
  expect(home.text).toContain("Signing in is not set up here");
  const report = await ask(PAGE, HTML);
  expect(report).toMatchObject({ status: 200, text: expect.stringContaining("Mona Lisa") });
  const none = await ask("/user/github/nobody", HTML);
  expect(none.text).toContain("by the operators only");
  for (const { text } of [home, report, none]) expect(text).not.toContain("/auth/login");
  for (const path of ["/auth/login", "/auth/callback?code=1&state=2"])
    expect(await ask(path, HTML), path).toMatchObject({
      status: 404,
      text: expect.stringContaining("has not set up signing in"),
    });
  expect((await post(PAGE, { csrf: "x" })).status).toBe(401);
});

test("an analytics script is loaded when one is configured, and nowhere else", async () => {
  await using world = await startWorld({ settings: { analytics: "https://stats.example/s.js" } });
  const { headers, text } = await createClient(world.origin).ask("/");
  expect(text).toContain('<script src="https://stats.example/s.js" defer>');
  expect(headers.get("content-security-policy")).toContain(
    "script-src 'self' https://stats.example;",
  );
});

test("styles and scripts have addresses that change with them, and are kept for good", async () => {
  await using world = await startWorld();
  const { ask } = createClient(world.origin);
  const { text } = await ask("/");
  const paths = [...text.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path as string);
  expect(new Set(paths).size).toBe(3);
  for (const path of paths) {
    const { status, headers } = await ask(path);
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  }
  expect((await ask("/assets/site.000000000000.css")).status).toBe(404);
  expect((await ask("/assets/../package.json")).status).not.toBe(200);
});

test("the same address has the page and the JSON", async () => {
  await using world = await startWorld();
  world.put("octocat");
  const { ask } = createClient(world.origin);
  const page = await ask(PAGE, JSON_ONLY);
  const api = await ask("/api/reports/github/octocat");
  expect(JSON.parse(page.text)).toMatchObject({
    login: "octocat",
    madeAt: new Date(MADE_AT).toISOString(),
    stale: false,
  });
  expect(api.text).toBe(page.text);
  expect(api.headers.get("content-type")).toContain("application/json");
});

test("a login in capitals leads to the one address, with its period", async () => {
  await using world = await startWorld();
  const { ask } = createClient(world.origin);
  const { status, location } = await ask("/user/github/OctoCat?period=2_years", HTML);
  expect([status, location]).toEqual([301, `${PAGE}?period=2_years`]);
  const search = await ask("/user/github?login=%20%40OctoCat", HTML);
  expect([search.status, search.location]).toEqual([303, PAGE]);
});

test.each([
  "a%20repo:org%2Fsecret",
  "a%0d%0aX:1",
  "-a",
  "a".repeat(40),
  "%2e%2e%2fx",
  "a%2Fb",
  "%00",
  "<script>",
])("%s is no login, and nobody is asked about it", async (login) => {
  await using world = await startWorld();
  const { status, text } = await createClient(world.origin).ask(`/user/github/${login}`, HTML);
  expect(status).toBe(404);
  expect(text).not.toContain("<script>");
});

test("periods: unknown names are the last year, days of one's own are checked", async () => {
  await using world = await startWorld();
  world.put("octocat");
  world.put("octocat", {}, "?since=2025-01-01&until=2025-06-30");
  const { ask } = createClient(world.origin);
  expect((await ask(`${PAGE}?period=whatever`, HTML)).status).toBe(200);
  expect((await ask(`${PAGE}?since=2025-01-01&until=2025-06-30`, HTML)).status).toBe(200);
  for (const query of ["since=2025-02-30", "since=2026-01-01&until=2025-01-01", "until=2999-01-01"])
    expect((await ask(`${PAGE}?${query}`, HTML)).status).toBe(400);
});

test("what nobody has had made is not there, and reading makes nothing", async () => {
  await using world = await startWorld();
  const client = await world.signIn();
  for (const ask of [createClient(world.origin).ask, client.ask]) {
    expect((await ask(`${PAGE}?force=1`, HTML)).status).toBe(404);
    expect(await ask("/api/reports/github/octocat")).toMatchObject({ status: 404 });
    expect((await ask(`${PAGE}/card.svg`)).status).toBe(404);
    expect((await ask(`${PAGE}/preview.png`)).status).toBe(404);
  }
  expect(await world.jobs.inspected.getJobCountByTypes()).toBe(0);
});

test("an old report is shown as it is, and offered for refresh to the signed-in alone", async () => {
  await using world = await startWorld();
  world.put("octocat");
  world.advance(90_000_000);
  const anonymous = await createClient(world.origin).ask(PAGE, HTML);
  expect(anonymous.text).toContain("Sign in to refresh");
  expect(anonymous.text).not.toContain('method="post"');
  const own = await (await world.signIn()).ask(PAGE, HTML);
  expect(own.text).toMatch(
    /<form action="\/user\/github\/octocat" method="post" data-auto>.*Refresh/s,
  );
  const api = await createClient(world.origin).ask("/api/reports/github/octocat");
  expect(JSON.parse(api.text).stale).toBe(true);
});

test("a report that is not complete says what is missing", async () => {
  await using world = await startWorld();
  world.put("octocat", { missing: ["The files of 3 pull requests could not be read."] });
  const { text } = await createClient(world.origin).ask(PAGE, HTML);
  expect(text).toContain("The files of 3 pull requests could not be read.");
});

test("card and preview are pictures that other sites may show, and that load nothing", async () => {
  await using world = await startWorld();
  world.put("octocat");
  const { ask } = createClient(world.origin);
  const card = await ask(`${PAGE}/card.svg?theme=dark`);
  expect(card.headers.get("content-type")).toBe("image/svg+xml");
  expect(card.text).toContain("Mona Lisa Octocat");
  const preview = await fetch(`${world.origin}${PAGE}/preview.png`);
  const bytes = Buffer.from(await preview.arrayBuffer());
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1_200, 630]);
  for (const { headers } of [card, preview]) {
    expect(headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    expect(headers.get("cache-control")).toContain("public, max-age=300");
    expect(headers.get("content-security-policy")).toBe("default-src 'none'");
  }
});

test("what is not the site's goes on to the routes, and what is does not", async () => {
  await using world = await startWorld();
  const { ask } = createClient(world.origin);
  for (const path of ["/other", "/users", "/user/gitlab/x", "/authentic", "/api/other"])
    expect((await ask(path)).status).toBe(299);
  expect((await ask("/user/github/octocat/what")).status).toBe(404);
  expect((await ask("/auth")).status).toBe(404);
  for (const [path, allow] of [
    ["/", "GET, HEAD"],
    ["/user/github/octocat", "GET, HEAD, POST"],
    ["/api/reports/github/octocat", "GET, HEAD, POST, DELETE"],
  ] as const) {
    const { status, headers } = await ask(path, {
      method: "PUT",
      headers: { accept: "text/html" },
    });
    expect([status, headers.get("allow")]).toEqual([405, allow]);
  }
});

test("while the store is away pages say so", async () => {
  await using redis = await startRedis();
  await using world = await startWorld({ url: redis.url });
  await redis.kill();
  const { ask } = createClient(world.origin);
  const { status, headers, text } = await ask(PAGE, HTML);
  expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
  expect(text).toContain("Reports cannot be read just now");
  expect((await ask("/")).status).toBe(200);
  expect((await ask("/api/reports/github/octocat")).headers.get("content-type")).toBe(
    "application/problem+json",
  );
});
