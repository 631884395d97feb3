import { once } from "node:events";
import { createServer } from "node:http";
import { expect, test } from "vitest";
import { connectForge, parseRetryAfter } from "../../src/mappings/ask.ts";
import { createForge } from "../../src/mappings/forge.ts";
import { type Misbehaviour, startForge } from "../helpers/forge.ts";
import { listenLocally } from "../helpers/ports.ts";

const SETTINGS = { concurrency: 2, timeoutMs: 400, attempts: 3, longestWaitMs: 1_000 };
const NEVER = new AbortController().signal;

async function open(options: { token?: string; path?: string } & Partial<typeof SETTINGS> = {}) {
  const forge = await startForge();
  forge.tokens.set("t", { login: "alice" });
  const { path = "", ...rest } = options;
  const connection = connectForge({ ...SETTINGS, ...rest, url: forge.url + path });
  return {
    forge,
    ...connection,
    [Symbol.asyncDispose]: async () => {
      await connection.close();
      await forge[Symbol.asyncDispose]();
    },
  };
}

test.each<[Misbehaviour, string]>([
  ["hang", "no answer in time"],
  ["reset", "the connection broke"],
  ["cut", "the connection broke"],
  ["endless", "an answer that is too large"],
  ["redirect-elsewhere", "a redirect to another host"],
  ["redirect-loop", "too many redirects"],
])("a forge that answers with %s gives no answer: %s", async (how, failed) => {
  await using t = await open();
  t.forge.behave = () => how;
  expect(await t.ask("/version", NEVER)).toEqual({ failed });
});

test("a forge that nobody runs gives no answer", async () => {
  const { ask, close } = connectForge({ ...SETTINGS, url: "http://127.0.0.1:1" });
  expect(await ask("/version", NEVER)).toEqual({ failed: "no connection (ECONNREFUSED)" });
  await close();
});

test.each<Misbehaviour>(["busy-429", "bad-gateway", "reset"])(
  "a forge that answers with %s is asked again",
  async (how) => {
    await using t = await open();
    t.forge.behave = (_, number) => (number < 3 ? how : undefined);
    expect(await t.ask("/version", NEVER)).toMatchObject({ status: 200 });
    expect(t.forge.requests).toHaveLength(3);
  },
);

test("a forge that says no is not asked again", async () => {
  await using t = await open();
  t.forge.behave = () => "forbidden";
  await t.ask("/version", NEVER);
  expect(t.forge.requests).toHaveLength(1);
});

test("while a forge asks to wait, nobody else asks either; a wait that is too long is not waited for", async () => {
  const requests: number[] = [];
  let wait = "1";
  const server = createServer((_, response) => {
    requests.push(performance.now());
    const isFirst = requests.length === 1;
    response.writeHead(isFirst || wait !== "1" ? 429 : 200, {
      "content-type": "application/json",
      ...((isFirst || wait !== "1") && { "retry-after": wait }),
    });
    response.end("{}");
  });
  const port = await listenLocally(server);
  const url = `http://127.0.0.1:${port}`;
  const { ask, close } = connectForge({ ...SETTINGS, url, concurrency: 1 });
  await Promise.all([ask("/a", NEVER), ask("/b", NEVER).then(() => ask("/c", NEVER))]);
  const [first = 0, ...others] = requests;
  // The second was under way when the first was answered.
  expect(others.filter((at) => at - first < 900).length).toBeLessThanOrEqual(1);
  wait = "3600";
  requests.length = 1;
  expect(await ask("/d", NEVER)).toMatchObject({ status: 429, retryAfter: "3600" });
  expect(requests).toHaveLength(2);
  await close();
  server.close();
});

test("Retry-After may be seconds or a date", () => {
  const now = Date.UTC(2026, 10, 21, 3, 0, 0);
  expect(parseRetryAfter("120", now)).toBe(120_000);
  expect(parseRetryAfter("Sat, 21 Nov 2026 03:00:30 GMT", now)).toBe(30_000);
  expect(parseRetryAfter("Sat, 21 Nov 2026 02:00:00 GMT", now)).toBe(0);
  expect(parseRetryAfter("soon", now)).toBeUndefined();
  expect(parseRetryAfter("-5", now)).toBeUndefined();
  expect(parseRetryAfter(undefined, now)).toBeUndefined();
});

test("the token goes to the forge and to nobody whom it redirects to", async () => {
  const seen: (string | undefined)[] = [];
  const stranger = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end();
  }).listen(0, "127.0.0.1");
  const forge = createServer((request, response) => {
    seen.push(request.headers.authorization);
    const { port } = stranger.address() as { port: number };
    response.writeHead(302, { location: `http://127.0.0.1:${port}/api/v1/version` }).end();
  }).listen(0, "127.0.0.1");
  await Promise.all([once(stranger, "listening"), once(forge, "listening")]);
  const { port } = forge.address() as { port: number };
  const { ask, close } = connectForge({ ...SETTINGS, url: `http://127.0.0.1:${port}`, token: "t" });
  await ask("/version", NEVER);
  expect(seen).toEqual(["token t"]);
  await close();
  forge.close();
  stranger.close();
});

test("an abort ends a question, and the waiting before one", async () => {
  await using t = await open({ timeoutMs: 10_000 });
  const ending = new AbortController();
  t.forge.behave = () => "hang";
  const asked = t.ask("/version", ending.signal);
  await expect.poll(() => t.forge.requests.length).toBe(1);
  ending.abort();
  await expect(asked).rejects.toThrow("abort");
  await expect(t.ask("/version", ending.signal)).rejects.toThrow("abort");
  expect(t.forge.requests).toHaveLength(1);
});

test("names become parts of a path and nothing more", async () => {
  await using t = await open();
  const forge = createForge(t.ask, { hasToken: false });
  t.forge.repositories.set("frank/.profile", { file: "custom_domain: me.example" });
  expect(await forge.look("frank/.profile", NEVER)).toMatchObject({ found: "file" });
  await forge.look("a?b/c#d", NEVER);
  expect(t.forge.requests.slice(1)).toEqual([
    "/api/v1/repos/a%3Fb/c%23d/contents/.pages",
    "/api/v1/repos/a%3Fb/c%23d",
  ]);
});

test("a repository that was renamed answers from its new place, and is left alone", async () => {
  await using t = await open();
  t.forge.repositories.set("alice/old", { renamedTo: "alice/new" });
  t.forge.repositories.set("alice/new", { file: "custom_domain: x.example" });
  const forge = createForge(t.ask, { hasToken: false });
  expect(await forge.look("alice/old", NEVER)).toEqual({ found: "renamed" });
});

test.each<[string, object, { seesAll?: boolean; because?: string }]>([
  ["no token", {}, { seesAll: false }],
  ["a user's token", { login: "alice" }, { seesAll: false }],
  ["an administrator's token", { login: "root", admin: true }, { seesAll: true }],
  [
    "a token for repositories only",
    { login: "root", admin: true, repositoriesOnly: true },
    { seesAll: false },
  ],
  ["a token that is not known", { unknown: true }, { because: "the token was refused" }],
])("with %s the probe says what it sees", async (name, token, expected) => {
  const hasToken = name !== "no token";
  await using t = await open(hasToken ? { token: "mine" } : {});
  if ("login" in token) t.forge.tokens.set("mine", token as { login: string });
  const fitness = await createForge(t.ask, { hasToken }).probe(NEVER);
  expect(fitness).toMatchObject({ fit: expected.because === undefined, ...expected });
});

test("a forge below another path than the configured one cannot be believed", async () => {
  await using t = await open({ path: "/git" });
  const fitness = await createForge(t.ask, { hasToken: false }).probe(NEVER);
  expect(fitness).toEqual({ fit: false, because: "its version was asked for and it answered 404" });
});
