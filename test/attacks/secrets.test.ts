/** Secrets of clients and operators, looked for in everything that we write. */
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { errorIn } from "../helpers/configuration.ts";
import { type Answered, startFront } from "../helpers/front.ts";
import { type Origin, startOrigin } from "../helpers/origin.ts";
import { startProcess, type TestProcess } from "../helpers/process.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

const CANARY = "canary";
const SECRETS = {
  Authorization: `Bearer ${CANARY}-token`,
  Cookie: `session=${CANARY}-session`,
  "X-Api-Key": `${CANARY}-key`,
  "Proxy-Authorization": `Basic ${Buffer.from(`user:${CANARY}-proxy`).toString("base64")}`,
};
const QUERY = `access_token=${CANARY}-query&x=${CANARY}-plain`;
const CONTROL_TOKEN = `${CANARY}-control-token`;
const REDIS_PASSWORD = `${CANARY}-redis-password`;

/** How the word looks in base64, by what stands before it. */
const ENCODED = ["Y2FuYXJ5", "bmFye", "YW5hc"];
const TRACE = new RegExp([CANARY, ...ENCODED].join("|"));

function yaml(url: string): string {
  return [
    "routes:",
    ...["api", "transparent"].flatMap((preset) => [
      `  - path: /${preset}/*`,
      `    preset: ${preset}`,
      `    source: { url: "${url}" }`,
      "    freshness: { fresh_for: 1ms, stale_while_revalidate: 1h, stale_if_error: 1h }",
    ]),
    "  - path: /mine/*",
    "    per: principal",
    `    source: { url: "${url}", timeouts: { first_byte: 300ms } }`,
    "    freshness: { fresh_for: 1ms, stale_while_revalidate: 1h }",
  ].join("\n");
}

/** Asks everything in every way, while the source is well, slow, failing and gone. */
async function askAll(main: TestProcess, origin: Origin): Promise<Answered[]> {
  const answers: Answered[] = [];
  const paths = ["/api/doc", "/transparent/doc", "/mine/doc", "/none/doc", "/api/../doc"];
  const round = async (name: string) => {
    for (const path of paths) {
      for (const target of [`${path}?${QUERY}`, `${path}/${name}?${QUERY}`]) {
        answers.push(await main.ask(target), await main.ask(target, { headers: SECRETS }));
      }
      const changed = { method: "POST", body: CANARY, headers: SECRETS };
      answers.push(await main.ask(`${path}/changed?${QUERY}`, changed));
    }
  };
  const kept = `/api/kept?${QUERY}`;
  answers.push(await main.ask(kept));
  await round("well");
  await round("again");
  origin.answers({ status: 500, body: "broken" });
  answers.push(await main.ask(kept));
  await main.logged(({ msg }) => msg === "Job will be tried again");
  await round("broken");
  // Before the source has failed so often that it is left alone.
  origin.on(() => undefined);
  answers.push(await main.ask(`/mine/slow?${QUERY}`, { headers: SECRETS }));
  origin.on((req) => req.socket.destroy());
  await round("cut");
  await origin.stop();
  await round("gone");
  return answers;
}

/** The names of all keys, and everything that is in the keys of queues. */
async function queueTexts(url: string): Promise<string[]> {
  const client = new Redis(url);
  const texts: string[] = [];
  for (const key of await client.keys("*")) {
    texts.push(key);
    const kind = await client.type(key);
    if (key.includes("{refresh}") && kind === "hash")
      texts.push(JSON.stringify(await client.hgetall(key)));
    if (key.includes("{refresh}") && kind === "stream")
      texts.push(JSON.stringify(await client.xrange(key, "-", "+")));
    if (key.includes("{refresh}") && kind === "list")
      texts.push(...(await client.lrange(key, 0, -1)));
  }
  client.disconnect();
  return texts;
}

/** What the control plane shows of the queues to an operator, and to somebody who is none. */
async function controlTexts(main: TestProcess): Promise<string[]> {
  const token = { Authorization: `Bearer ${CONTROL_TOKEN}` };
  const board = "/board/api/queues?activeQueue=refresh&page=1&jobsPerPage=100";
  const paths = [
    "/",
    "/board",
    `${board}&status=failed`,
    `${board}&status=latest`,
    "/readyz",
    "/metrics",
    "/none",
  ];
  const texts: string[] = [];
  for (const path of paths) {
    for (const headers of [
      token,
      {},
      { Authorization: `Basic ${Buffer.from(`${CANARY}:no`).toString("base64")}` },
    ])
      texts.push(textOf(await main.control(path, { headers: headers as Record<string, string> })));
  }
  return texts;
}

function textOf({ rawHeaders, text }: Answered): string {
  return `${rawHeaders.join(" ")}\n${text}`;
}

function startGuardedRedis(): Promise<TestRedis> {
  const user = ["--user", "warmfront", "on", `>${REDIS_PASSWORD}`, "~*", "&*", "+@all"];
  return startRedis({ args: user });
}

test("no secret of a client or an operator is in keys, jobs, logs, problems, Cache-Status or on the board", {
  timeout: 60_000,
}, async () => {
  await using redis = await startGuardedRedis();
  await using origin = await startOrigin();
  const { host } = new URL(redis.url);
  const env = {
    CONTROL_TOKEN,
    REDIS_URL: `redis://warmfront:${REDIS_PASSWORD}@${host}`,
    LOG_LEVEL: "trace",
    REFRESH_BACKOFF: "1h",
  };
  await using main = await startProcess({ entry: "main", yaml: yaml(origin.url), env });
  const answers = await askAll(main, origin);
  const queues = await queueTexts(redis.url);
  const control = await controlTexts(main);
  main.kill("SIGTERM");
  const { errors, lines } = await main.ended;

  expect(queues.some((text) => text.includes("failedReason"))).toBe(true);
  expect(control.some((text) => text.includes("failedReason"))).toBe(true);
  expect(answers.map(({ status }) => status)).toEqual(
    expect.arrayContaining([200, 400, 404, 500, 502, 503, 504]),
  );
  for (const line of lines) expect(JSON.stringify(line)).not.toMatch(TRACE);
  for (const text of [...queues, ...control, errors]) expect(text).not.toMatch(TRACE);
  for (const answer of answers) expect(textOf(answer)).not.toMatch(TRACE);
});

test("a source or a store whose address holds a password is refused or used without a word about it", async () => {
  const source = `http://user:${CANARY}@127.0.0.1:1`;
  const text = await errorIn({ yaml: `routes: [{ path: /*, source: { url: "${source}" } }]` });
  expect(text).not.toMatch(TRACE);
  const wrong = await errorIn({
    env: { REDIS_URL: `rediss//:${CANARY}@host`, CONTROL_TOKEN, PORT: CANARY },
  });
  expect(wrong).not.toMatch(TRACE);
});

test("Cache-Status tells no key, target or field of a request", async () => {
  await using front = await startFront({ freshness: { freshForMs: 60_000 } });
  const asked = {
    headers: { "X-Debug": "1", "X-Cache-Debug": "1", Pragma: "akamai-x-get-cache-key" },
  };
  for (const more of [{}, asked, { headers: SECRETS }]) {
    for (let i = 0; i < 2; i++) {
      const { cacheStatus } = await front.ask(`/doc/${CANARY}?${QUERY}`, more);
      expect(cacheStatus).toMatch(
        /^warmfront; (?:hit; ttl=\d+|fwd=[a-z-]+; fwd-status=200(?:; stored|; detail=[a-z-]+)?)$/,
      );
    }
  }
});
