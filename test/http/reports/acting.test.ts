import { expect, test } from "vitest";
import { startRedis } from "../../helpers/redis.ts";
import { createClient } from "../sign-in/start.ts";
import { csrfOf, startWorld, type World } from "./world.ts";

const PAGE = "/user/github/octocat";
const API = "/api/reports/github/octocat";
const HTML = { accept: "text/html" };

/** Makes whatever is asked for, when it is let. */
function maker(world: World) {
  const tokens: (string | undefined)[] = [];
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  world.jobs.worker(async ({ login, credential }, { progress }) => {
    tokens.push(credential && (await world.secrets.read(credential)));
    progress({ step: "Looking for pull requests" });
    await gate;
    world.put(login);
    return { outcome: "complete" };
  });
  return { tokens, go };
}

test("a visitor has a report made, watches, and everybody reads it", async () => {
  await using world = await startWorld();
  const { go, tokens } = maker(world);
  const client = await world.signIn();
  const missing = await client.ask(PAGE, { headers: HTML });
  expect(missing.text).toContain("Make the report");
  const { status, location = "" } = await client.post(PAGE, { csrf: await csrfOf(client) }, HTML);
  expect(status).toBe(303);
  expect(location).toMatch(/^\/user\/github\/octocat\?job=[\da-f-]{36}$/);
  await expect
    .poll(async () => (await client.ask(location, { headers: HTML })).text)
    .toContain("Looking for pull requests");
  const stranger = createClient(world.origin);
  const waiting = await stranger.ask(PAGE, { headers: HTML });
  expect(waiting.text).toContain("is being made");
  expect(waiting.text).toContain('<noscript><meta http-equiv="refresh" content="5"></noscript>');
  expect(waiting.headers.get("cache-control")).toBe("no-store");
  expect(await stranger.ask(API)).toMatchObject({ status: 202 });
  go();
  await expect.poll(async () => (await client.ask(location, { headers: HTML })).status).toBe(303);
  expect((await client.ask(location, { headers: HTML })).location).toBe(PAGE);
  expect((await stranger.ask(PAGE, { headers: HTML })).text).toContain("Mona Lisa Octocat");
  expect(tokens).toEqual([...world.github.tokens]);
});

test("the token is neither in the job nor in the log", async () => {
  await using world = await startWorld();
  const { go } = maker(world);
  go();
  const client = await world.signIn();
  await client.post(PAGE, { csrf: await csrfOf(client) });
  await expect.poll(() => world.stored.size).toBe(1);
  const [token = "none"] = world.github.tokens;
  const jobs = await world.jobs.inspected.getJobs();
  expect(JSON.stringify(jobs.map(({ data }) => data))).not.toContain(token);
  expect(JSON.stringify(world.lines)).not.toContain(token);
});

test("who asks for what is being made joins in", async () => {
  await using world = await startWorld();
  const client = await world.signIn();
  const form = { csrf: await csrfOf(client) };
  const first = await client.post(PAGE, form, HTML);
  const second = await client.post(PAGE, form, HTML);
  expect(second.location).toBe(first.location);
  expect((await client.ask(PAGE, { headers: HTML })).text).toContain("is being made");
  expect(await world.jobs.inspected.getJobCountByTypes()).toBe(1);
  expect(await world.client.keys("*sealed*")).toHaveLength(1);
});

test("a program gets 202 and a place to look, or waits for the report", async () => {
  await using world = await startWorld();
  const { go } = maker(world);
  const client = await world.signIn();
  const csrf = { "x-csrf-token": await csrfOf(client) };
  const { status, location = "", text } = await client.ask(API, { method: "POST", headers: csrf });
  expect([status, JSON.parse(text).result]).toEqual([202, API]);
  expect(JSON.parse((await client.ask(location)).text)).toMatchObject({ queue: "report" });
  go();
  const patient = { ...csrf, prefer: "wait=20" };
  const waited = await client.ask(API, { method: "POST", headers: patient });
  expect([waited.status, waited.location]).toEqual([303, API]);
});

test("a report that is some minutes old is not made again", async () => {
  await using world = await startWorld();
  world.put("octocat", { madeAt: Date.UTC(2026, 10, 20, 12, 59) });
  const client = await world.signIn();
  const csrf = await csrfOf(client);
  expect(await client.post(PAGE, { csrf })).toMatchObject({ status: 303, location: PAGE });
  world.put("octocat", { madeAt: Date.UTC(2026, 10, 20, 12, 59), missing: ["Something."] });
  expect((await client.post(PAGE, { csrf })).location).toContain("?job=");
});

test.each([
  ["a stranger", 401, async (world: World) => ({ client: createClient(world.origin), form: {} })],
  [
    "a form without its token",
    403,
    async (world: World) => ({ client: await world.signIn(), form: {} }),
  ],
  [
    "a form with the token of another session",
    403,
    async (world: World) => {
      const csrf = await csrfOf(await world.signIn());
      return { client: await world.signIn(), form: { csrf } };
    },
  ],
])("%s has nothing made, deleted or opted out", async (_, status, given) => {
  await using world = await startWorld();
  world.put("octocat");
  const { client, form } = await given(world);
  for (const path of [PAGE, `${PAGE}/delete`, `${PAGE}/opt-out`, `${PAGE}/opt-in`])
    expect((await client.post(path, form)).status).toBe(status);
  for (const method of ["POST", "DELETE"])
    expect((await client.ask(API, { method })).status).toBe(status);
  expect(await world.jobs.inspected.getJobCountByTypes()).toBe(0);
  expect(world.stored.size).toBe(1);
  expect(await world.client.keys("*opted-out*")).toEqual([]);
});

test("a page of another site has nothing made, whatever it knows", async () => {
  await using world = await startWorld();
  const client = await world.signIn();
  const csrf = await csrfOf(client);
  for (const headers of [
    { origin: "https://evil.example" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "null" },
  ] as Record<string, string>[])
    expect((await client.post(PAGE, { csrf }, headers)).status).toBe(403);
  expect(await world.jobs.inspected.getJobCountByTypes()).toBe(0);
});

test("a token that was revoked at GitHub ends the session, and the visitor is asked to sign in again", async () => {
  await using world = await startWorld();
  const client = await world.signIn();
  const csrf = await csrfOf(client);
  world.github.tokens.clear();
  world.github.tokens.add("somebody else's");
  const { status, text } = await client.post(PAGE, { csrf }, HTML);
  expect(status).toBe(401);
  expect(text).toContain("Sign in again");
  expect(JSON.parse((await client.ask("/api/session")).text)).toEqual({ signedIn: false });
});

test("one visitor has only so many made in an hour", async () => {
  await using world = await startWorld({ settings: { reportsPerHour: 2 } });
  const client = await world.signIn();
  const csrf = await csrfOf(client);
  const statuses = [];
  for (const login of ["a", "b", "c"])
    statuses.push((await client.post(`/user/github/${login}`, { csrf }, HTML)).status);
  expect(statuses).toEqual([303, 303, 429]);
  const refused = await client.post("/user/github/d", { csrf }, HTML);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(3_000);
});

test("when too many reports about somebody wait, it is said to try later", async () => {
  await using world = await startWorld({ waiting: 0 });
  const client = await world.signIn();
  const csrf = await csrfOf(client);
  expect((await client.post(PAGE, { csrf })).status).toBe(303);
  const { status, headers } = await client.post(`${PAGE}?period=2_years`, { csrf }, HTML);
  expect([status, headers.get("retry-after")]).toEqual([429, "60"]);
});

test("a report that could not be made says why, on its page, and can be tried again", async () => {
  await using world = await startWorld();
  world.jobs.worker(async () => {
    const { NeverRetry } = await import("../../../src/queues/retry.ts");
    throw new NeverRetry("GitHub knows nobody of this name.");
  });
  const client = await world.signIn();
  const { location = "" } = await client.post(PAGE, { csrf: await csrfOf(client) });
  const shown = async () => (await client.ask(location, { headers: HTML })).text;
  await expect.poll(shown).toContain("GitHub knows nobody of this name.");
  expect(await shown()).toContain("Try again");
  world.put("octocat");
  expect(await shown()).toContain("A newer report could not be made.");
});

test("people delete the reports about themselves, and nobody else's", async () => {
  await using world = await startWorld();
  world.put("octocat");
  world.put("octocat", {}, "?period=2_years");
  world.put("hubot");
  const client = await world.signIn();
  const csrf = await csrfOf(client);
  const header = { headers: { "x-csrf-token": csrf } };
  expect((await client.post("/user/github/hubot/delete", { csrf })).status).toBe(403);
  expect(
    (await client.ask("/api/reports/github/hubot", { method: "DELETE", ...header })).status,
  ).toBe(403);
  expect(world.stored.size).toBe(3);
  expect((await client.ask(API, { method: "DELETE", ...header })).status).toBe(204);
  expect([...world.stored.keys()]).toEqual(["hubot"]);
  world.put("octocat");
  const { status, location = "" } = await client.post(`${PAGE}/delete`, { csrf });
  expect(status).toBe(303);
  expect((await client.ask(location, { headers: HTML })).text).toContain("have been deleted");
  expect([...world.stored.keys()]).toEqual(["hubot"]);
});

test("who opts out is not reported about any more, until they allow it again", async () => {
  await using world = await startWorld();
  world.put("octocat");
  const client = await world.signIn();
  const csrf = await csrfOf(client);
  expect((await client.post(`${PAGE}/opt-out`, { csrf })).status).toBe(303);
  expect(world.stored.size).toBe(0);
  world.put("octocat");
  const stranger = createClient(world.origin);
  for (const path of [
    PAGE,
    `${PAGE}/card.svg`,
    `${PAGE}/preview.png`,
    API,
    "/user/github/octocat?period=2_years",
  ])
    expect((await stranger.ask(path)).status).toBe(410);
  expect((await stranger.ask(PAGE, { headers: HTML })).text).toContain("has opted out");
  expect((await client.post(PAGE, { csrf })).status).toBe(410);
  expect((await client.ask("/privacy")).text).toContain("Allow reports again");
  await client.post(`${PAGE}/opt-in`, { csrf });
  expect((await stranger.ask(PAGE)).status).toBe(200);
});

test("whom the operator has put on the list is not reported about either", async () => {
  await using world = await startWorld({ settings: { optOut: ["octocat"] } });
  world.put("octocat");
  expect((await createClient(world.origin).ask("/user/github/octocat")).status).toBe(410);
});

test("while Redis is away nothing is made, and that is said", async () => {
  await using redis = await startRedis();
  await using world = await startWorld({ url: redis.url });
  const client = await world.signIn();
  const csrf = await csrfOf(client);
  await redis.kill();
  const { status, text } = await client.post(PAGE, { csrf }, HTML);
  expect(status).toBe(503);
  expect(text).toContain("Signing in does not work just now");
});
