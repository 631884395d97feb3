import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answered, ask } from "../helpers/front.ts";
import { type ReportSite, startReportSite } from "../helpers/report-site.ts";

const ORIGIN = "https://reports.example";
const PAGE = "/user/github/octocat";
const SESSION = "__Host-warmfront-session";
const BEGUN = "__Host-warmfront-sign-in";

let site: ReportSite;
let redis: Redis;

/** Behind a proxy that speaks https, as in earnest. */
beforeAll(async () => {
  site = await startReportSite({ PUBLIC_URL: ORIGIN });
  redis = new Redis(site.redis.url);
}, 180_000);

afterAll(async () => {
  redis.disconnect();
  await site[Symbol.asyncDispose]();
});

type Headers = Record<string, string>;

/** A browser as far as cookies go. */
function createVisitor() {
  const jar = new Map<string, string>();
  const set: string[] = [];
  const keep = (line: string) => {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    set.push(line);
    if (/max-age=0/i.test(line)) jar.delete(name);
    else jar.set(name, value);
  };
  const visit = async (path: string, headers: Headers = {}, form?: Headers): Promise<Answered> => {
    const cookie = [...jar].map((pair) => pair.join("=")).join("; ");
    const sent = { accept: "text/html", ...(cookie && { cookie }), ...headers };
    const answered = await ask(site.process.port, path, {
      headers: sent,
      ...(form && {
        method: "POST",
        headers: { ...sent, "content-type": "application/x-www-form-urlencoded" },
        body: `${new URLSearchParams(form)}`,
      }),
    });
    for (const line of answered.headers["set-cookie"] ?? []) keep(line);
    return answered;
  };
  return { jar, set, visit };
}

type Visitor = ReturnType<typeof createVisitor>;

/** Begins a sign-in and resolves with the path at which GitHub sends the visitor back. */
async function throughGitHub({ visit }: Visitor, wish = PAGE): Promise<string> {
  const begun = await visit(`/auth/login?${new URLSearchParams({ return_to: wish })}`);
  const decided = await fetch(begun.headers.location as string, { redirect: "manual" });
  const back = decided.headers.get("location") as string;
  expect(back.startsWith(`${ORIGIN}/auth/callback?`)).toBe(true);
  return back.slice(ORIGIN.length);
}

async function signedIn(): Promise<Visitor> {
  const visitor = createVisitor();
  const { status } = await visitor.visit(await throughGitHub(visitor));
  expect(status).toBe(303);
  return visitor;
}

/** Keys of sessions, jobs, wishes and what goes with them. */
async function keysHeld(client: Redis): Promise<string[]> {
  const keys = await client.keys("*");
  return keys
    .filter((key) => /session|opted|sealed|quota|:made:|[\da-f]{8}-[\da-f]{4}-/.test(key))
    .sort();
}

test("over https both cookies are for this host alone, over https alone, and out of reach of scripts", async () => {
  const { set } = await signedIn();
  for (const name of [SESSION, BEGUN]) {
    const line = set.find((each) => each.startsWith(`${name}=`) && !each.includes("Max-Age=0"));
    expect(line).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    expect(line).not.toMatch(/domain=/i);
  }
});

test("an answer with another state, or another browser's, signs nobody in", async () => {
  const visitor = createVisitor();
  const back = await throughGitHub(visitor);
  const other = createVisitor();
  for (const { status } of [
    await other.visit(back),
    await visitor.visit(back.replace(/state=[^&]+/, "state=planted")),
  ])
    expect(status).toBe(400);
  expect([visitor.jar.has(SESSION), other.jar.has(SESSION)]).toEqual([false, false]);
});

test("an answer that was used signs nobody in again, not even with the cookie of before", async () => {
  const visitor = createVisitor();
  const back = await throughGitHub(visitor);
  const begun = visitor.jar.get(BEGUN) as string;
  expect((await visitor.visit(back)).status).toBe(303);
  const thief = createVisitor();
  thief.jar.set(BEGUN, begun);
  expect((await thief.visit(back)).status).toBe(400);
  expect(thief.jar.has(SESSION)).toBe(false);
});

test.each([
  "https://evil.example/",
  "//evil.example",
  "/\\evil.example",
  "javascript:alert(1)",
  "/..//evil.example",
])("the way back %s leads nowhere else", async (wish) => {
  const visitor = createVisitor();
  const { status, headers } = await visitor.visit(await throughGitHub(visitor, wish));
  expect([status, headers.location]).toEqual([303, "/"]);
});

test("who declines at GitHub is told so, and is not signed in", async () => {
  const visitor = createVisitor();
  site.github.mood = "deny";
  const back = await throughGitHub(visitor).finally(() => {
    site.github.mood = "allow";
  });
  const { status, text } = await visitor.visit(back);
  expect(status).toBe(403);
  expect(text).toContain("You did not sign in");
  expect(visitor.jar.has(SESSION)).toBe(false);
});

test("a session that somebody planted is not the one that the visitor gets", async () => {
  const planted = (await signedIn()).jar.get(SESSION) as string;
  const victim = createVisitor();
  victim.jar.set(SESSION, planted);
  await victim.visit(await throughGitHub(victim));
  expect(victim.jar.get(SESSION)).not.toBe(planted);
  const attacker = createVisitor();
  attacker.jar.set(SESSION, planted);
  expect((await attacker.visit("/")).text).not.toContain("Sign out");
});

test("no GET has effects, whatever its query says", async () => {
  const { visit } = await signedIn();
  const before = await keysHeld(redis);
  const asked = site.github.asked.length;
  const paths = ["", "?force=true", "?period=all_time&job=1", "/delete", "/opt-out", "/opt-in"];
  for (const path of paths) await visit(PAGE + path);
  for (const path of ["/auth/logout", "/privacy", "/api/reports/github/octocat", "/user/github"])
    await visit(path);
  expect(await keysHeld(redis)).toEqual(before);
  expect(site.github.asked).toHaveLength(asked);
  expect((await visit("/")).text).toContain("Sign out");
});

test("another site cannot act in a visitor's name", async () => {
  const { visit } = await signedIn();
  const { csrfToken: csrf } = JSON.parse((await visit("/api/session")).text);
  const attempts: [Headers, Headers][] = [
    [{ origin: ORIGIN }, {}],
    [{ origin: ORIGIN }, { csrf: "guessed" }],
    [{ origin: "https://evil.example" }, { csrf }],
    [{ origin: "null" }, { csrf }],
    [{ "sec-fetch-site": "cross-site" }, { csrf }],
    [{ "sec-fetch-site": "same-site" }, { csrf }],
  ];
  for (const [headers, form] of attempts)
    for (const path of [PAGE, `${PAGE}/delete`, `${PAGE}/opt-out`, "/auth/logout"])
      expect((await visit(path, headers, form)).status, JSON.stringify(headers)).toBe(403);
  const own = await visit(PAGE, { origin: ORIGIN, "sec-fetch-site": "same-origin" }, { csrf });
  expect(own.status).toBe(303);
});

test("pages ask search engines to stay away, and run nothing that stands in them", async () => {
  const { visit } = await signedIn();
  for (const path of ["/", PAGE, "/privacy", "/user/github/nobody", "/auth/nothing", "/assets/x"]) {
    const { headers, text } = await visit(path);
    expect(headers["x-robots-tag"]).toBe("noindex, nofollow");
    expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self';");
    expect(headers["content-security-policy"]).not.toMatch(/unsafe|\*/);
    expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/i);
  }
});

const READ: Record<string, (key: string) => Promise<unknown>> = {
  string: (key) => redis.get(key),
  hash: (key) => redis.hgetall(key),
  list: (key) => redis.lrange(key, "0", "-1"),
  set: (key) => redis.smembers(key),
  zset: (key) => redis.zrange(key, "0", "-1"),
  stream: (key) => redis.xrange(key, "-", "+"),
};

test("Redis holds neither a token nor an id of a session in clear, also not while a job runs", async () => {
  const { jar, visit } = await signedIn();
  const { csrfToken: csrf } = JSON.parse((await visit("/api/session")).text);
  site.github.intercept = ({ url }) =>
    url.pathname === "/search/issues" ? new Promise(() => undefined) : undefined;
  await visit(`${PAGE}?period=all_time`, { origin: ORIGIN }, { csrf });
  let all = "";
  for (const key of await redis.keys("*"))
    all += JSON.stringify([key, await READ[await redis.type(key)]?.(key)]);
  expect(all).toMatch(/since[\\":]+all/);
  expect(site.github.tokens.size).toBeGreaterThan(0);
  for (const secret of [...site.github.tokens, jar.get(SESSION) as string])
    expect(all).not.toContain(secret);
});
