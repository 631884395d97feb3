import { expect, test } from "vitest";
import { startRedis } from "../../helpers/redis.ts";
import { type Client, createClient, signedIn, startSignIn, throughGitHub } from "./start.ts";

const SESSION = "warmfront-session";

async function who(client: Pick<Client, "ask">) {
  return JSON.parse((await client.ask("/who")).text);
}

test("a visitor signs in, comes back to where they were, and is known from then on", async () => {
  await using world = await startSignIn();
  const client = await signedIn(world, "/user/github/octocat?period=2_years");
  expect(client).toMatchObject({ status: 303, location: "/user/github/octocat?period=2_years" });
  expect(await who(client)).toMatchObject({ visitor: { id: 583231, login: "octocat" } });
  expect(client.jar.has("warmfront-sign-in")).toBe(false);
});

test("GitHub is asked for the least, with state, PKCE and the exact callback", async () => {
  await using world = await startSignIn();
  await signedIn(world);
  const query = Object.fromEntries(world.github.authorized[0] as URLSearchParams);
  expect(query).toEqual({
    client_id: "Iv1.client",
    redirect_uri: `${world.origin}/auth/callback`,
    scope: "read:user",
    state: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: "S256",
  });
});

test("beginning a sign-in leaves nothing in the store", async () => {
  await using world = await startSignIn();
  await createClient(world.origin).ask("/auth/login?return_to=/x");
  expect(await world.client.keys("*")).toEqual([]);
});

test("neither the token nor the id of a session stands in the store, the cookies or the log", async () => {
  await using world = await startSignIn();
  const client = await signedIn(world);
  const [token = "none"] = world.github.tokens;
  const id = client.jar.get(SESSION) as string;
  const keys = await world.client.keys("*");
  const values = await Promise.all(
    keys.map(async (key) => (await world.client.dumpBuffer(key))?.toString("latin1")),
  );
  const all = [keys, values, [...client.jar.values()], world.lines].flat().join("\n");
  expect(keys).toHaveLength(3);
  expect(all).not.toContain(token);
  expect([keys, values].flat().join("\n")).not.toContain(id);
});

test.each([
  ["another state", (back: URL) => back.searchParams.set("state", "x".repeat(43))],
  ["no state", (back: URL) => back.searchParams.delete("state")],
  ["two states", (back: URL) => back.searchParams.append("state", "x")],
])("%s signs nobody in, and the code is not traded", async (_, tamper) => {
  await using world = await startSignIn();
  const client = createClient(world.origin);
  const back = new URL(await throughGitHub(client));
  tamper(back);
  expect(await client.ask(back.href)).toMatchObject({ status: 400, text: "sign-in-not-begun" });
  expect(world.github.tokens.size).toBe(0);
  expect(await who(client)).toBeNull();
});

test("a sign-in that began in another browser signs nobody in (login CSRF)", async () => {
  await using world = await startSignIn();
  const back = await throughGitHub(createClient(world.origin));
  const victim = createClient(world.origin);
  expect(await victim.ask(back)).toMatchObject({ status: 400 });
  await throughGitHub(victim);
  expect(await victim.ask(back)).toMatchObject({ status: 400 });
  expect(victim.jar.has(SESSION)).toBe(false);
});

test("the answer of GitHub works once, also for a browser that kept its cookie", async () => {
  await using world = await startSignIn();
  const client = createClient(world.origin);
  const back = await throughGitHub(client);
  const kept = new Map(client.jar);
  expect(await client.ask(back)).toMatchObject({ status: 303 });
  const replay = createClient(world.origin);
  for (const [name, value] of kept) replay.jar.set(name, value);
  expect(await replay.ask(back)).toMatchObject({ status: 400, text: "sign-in-not-begun" });
  expect(replay.jar.has(SESSION)).toBe(false);
});

test("a sign-in that took longer than ten minutes signs nobody in", async () => {
  await using world = await startSignIn();
  const client = createClient(world.origin);
  const back = await throughGitHub(client);
  world.advance(600_001);
  expect(await client.ask(back)).toMatchObject({ status: 400 });
});

test("a cookie that was tampered with is no begun sign-in", async () => {
  await using world = await startSignIn();
  const client = createClient(world.origin);
  const back = await throughGitHub(client);
  const sealed = client.jar.get("warmfront-sign-in") as string;
  client.jar.set("warmfront-sign-in", `${sealed.slice(0, -2)}AA`);
  expect(await client.ask(back)).toMatchObject({ status: 400 });
});

test("who says no at GitHub is told so", async () => {
  await using world = await startSignIn();
  world.github.mood = "deny";
  expect(await signedIn(world)).toMatchObject({ status: 403 });
  const client = createClient(world.origin);
  expect(await client.ask(await throughGitHub(client))).toMatchObject({ text: "sign-in-declined" });
});

test("a code that GitHub does not take, or takes no more, signs nobody in", async () => {
  await using world = await startSignIn();
  const client = createClient(world.origin);
  const back = new URL(await throughGitHub(client));
  back.searchParams.set("code", "guessed");
  expect(await client.ask(back.href)).toMatchObject({ status: 502, text: "sign-in-refused" });
  expect(world.lines.join()).toContain("bad_verification_code");
});

test("while GitHub fails nobody is signed in, and it is said that trying again makes sense", async () => {
  await using world = await startSignIn();
  world.github.mood = "break";
  expect(await signedIn(world)).toMatchObject({ status: 503 });
});

test.each(["https://evil.example/", "//evil.example", "/\\evil.example", "/.//evil.example"])(
  "the way back to %s leads to the start page",
  async (returnTo) => {
    await using world = await startSignIn();
    expect(await signedIn(world, returnTo)).toMatchObject({ status: 303, location: "/" });
  },
);

test("signing in makes a new session, and ends the one that the browser had (fixation)", async () => {
  await using world = await startSignIn();
  const attacker = await signedIn(world);
  const planted = attacker.jar.get(SESSION) as string;
  const victim = createClient(world.origin);
  victim.jar.set(SESSION, planted);
  await victim.ask(await throughGitHub(victim));
  expect(victim.jar.get(SESSION)).not.toBe(planted);
  expect(await who(attacker)).toBeNull();
  expect(await who(victim)).not.toBeNull();
});

test("signing out ends the session itself, needs the token of its forms, and does not work by GET", async () => {
  await using world = await startSignIn();
  const client = await signedIn(world);
  const stolen = createClient(world.origin);
  stolen.jar.set(SESSION, client.jar.get(SESSION) as string);
  const { csrf } = await who(client);
  expect((await client.ask("/auth/logout")).status).toBe(404);
  expect(await client.post("/auth/logout", {})).toMatchObject({ status: 403, text: "cross-site" });
  expect(await client.post("/auth/logout", { csrf: "x" })).toMatchObject({ status: 403 });
  const elsewhere = { "sec-fetch-site": "cross-site" };
  expect(await client.post("/auth/logout", { csrf }, elsewhere)).toMatchObject({ status: 403 });
  const foreign = { origin: "https://evil.example" };
  expect(await client.post("/auth/logout", { csrf }, foreign)).toMatchObject({ status: 403 });
  expect(await who(client)).not.toBeNull();
  expect(await client.post("/auth/logout", { csrf })).toMatchObject({ status: 303, location: "/" });
  expect(await who(stolen)).toBeNull();
});

test("signing out everywhere ends all sessions of the visitor, and nobody else's", async () => {
  await using world = await startSignIn();
  const [one, two] = [await signedIn(world), await signedIn(world)];
  world.github.user = { id: 2, login: "hubot" };
  const other = await signedIn(world);
  const { csrf } = await who(one);
  await one.post("/auth/logout", { csrf, everywhere: "1" });
  expect([await who(one), await who(two)]).toEqual([null, null]);
  expect(await who(other)).not.toBeNull();
});

test("a session ends when its time is over, and when nobody has used it for long", async () => {
  await using world = await startSignIn();
  const client = await signedIn(world);
  const [key = ""] = await world.client.keys("*session:*");
  expect(await world.client.pttl(key)).toBeLessThanOrEqual(600_000);
  await world.client.pexpire(key, 300_000);
  await who(client);
  expect(await world.client.pttl(key)).toBeGreaterThan(500_000);
  world.advance(3_500_000);
  await who(client);
  expect(await world.client.pttl(key)).toBeLessThanOrEqual(600_000);
  world.advance(100_001);
  expect(await who(client)).toBeNull();
});

test("while the store is away everybody is a stranger, and signing in says why it fails", async () => {
  await using redis = await startRedis();
  await using world = await startSignIn(redis);
  const client = await signedIn(world);
  const late = createClient(world.origin);
  const back = await throughGitHub(late);
  await redis.kill();
  expect(await who(client)).toBeNull();
  expect(await late.ask(back)).toMatchObject({ status: 503, text: "sessions-away" });
});
