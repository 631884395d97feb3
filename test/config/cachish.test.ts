import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { printSettings, summarizeSettings } from "../../src/config/print.ts";
import { configOf, errorIn, faultsIn, routeFile, settingsOf } from "../helpers/configuration.ts";

const sample = await readFile(new URL("../fixtures/cachish.yml", import.meta.url), "utf8");
const env = { CACHISH_CONFIG_FILE: "cachish.yml" };
const world = (text: string) => ({ env, files: { "cachish.yml": text } });

test("a file of cachish works as it is: its items are asked first at their source, and nothing else is fronted", async () => {
  const { items, routes, log } = await configOf(world(sample));
  expect(routes).toEqual([]);
  expect(log.level).toBe("warn");
  expect(items?.folder).toBe("/var/cache/cachish");
  expect(items?.items.map(({ path }) => path)).toEqual([
    "/heroku/database-url",
    "/json/public",
    "/json/pair",
    "/hawk/secret",
  ]);
  expect(items?.items.every(({ mode, compat }) => mode === "source" && compat)).toBe(true);
  expect(items?.items[0]).toEqual({
    path: "/heroku/database-url",
    source: {
      module: "Heroku",
      app: "example-app",
      apiToken: "heroku-canary-0000",
      baseUrl: "https://api.heroku.com",
    },
    fields: new Map([["DATABASE_URL", "DATABASE_URL"]]),
    expect: "value",
    mode: "source",
    freshForMs: 60_000,
    softTimeoutMs: 2_000,
    timeoutMs: 5_000,
    maxBody: 1_048_576,
    isPublic: false,
    compat: true,
  });
  expect(items?.items[1]).toMatchObject({ isPublic: true });
  expect(items?.items[2]?.fields).toEqual(
    new Map([
      ["alpha", "alpha"],
      ["beta", "beta"],
    ]),
  );
  expect(items?.items[3]?.source).toEqual({
    module: "Hawk",
    url: "https://vault.example.org/secret",
    id: "hawk-id",
    key: "hawk-canary-1111",
    algorithm: "sha256",
  });
  expect(items?.clients.map(({ name, urls }) => [name, urls])).toEqual([
    ["app", ["/heroku/*"]],
    ["other", ["/json/*", "/hawk/*"]],
    ["nobody", []],
  ]);
});

test("tokens are held as digests only, and what is open or plain is warned of", async () => {
  const { items } = await configOf(world(sample));
  expect(items?.clients[0]?.tokens[0]?.digest).toHaveLength(32);
  expect(items?.warnings).toEqual([
    "The item /json/public is open to everybody by disable_auth, which is called public now.",
    "Tokens stand in the settings as they are (app, other, nobody): sha256:<digest> would do.",
  ]);
});

test("no secret of it is ever printed", async () => {
  const printed = printSettings(await settingsOf(world(sample)), { origins: true });
  expect(printed).toContain("database-url");
  expect(printed).not.toMatch(/canary/);
  const summary = summarizeSettings(await settingsOf(world(sample)));
  expect(summary).toContain("  item       /heroku/database-url (Heroku)\n");
});

test("without cache_dir it is where cachish had it, and relative to the working folder else", async () => {
  const without = sample.replace(/^cache_dir.*$/m, "");
  expect((await configOf(world(without))).items?.folder).toBe("/var/cache/cachish");
  const relative = sample.replace("/var/cache/cachish", "copies");
  expect((await configOf(world(relative))).items?.folder).toMatch(/^\/.*\/copies$/);
});

test("an empty file is an empty configuration", async () => {
  const { items, routes } = await configOf(world(""));
  expect(items).toBeUndefined();
  expect(routes).toHaveLength(1);
});

test("nothing in that file is a reference", async () => {
  const text = sample.replace("app-canary-2222", `"\${app}file:x"`);
  const { items } = await configOf(world(text));
  const plain = await configOf(world(sample));
  expect(items?.clients[0]?.tokens).not.toEqual(plain.items?.clients[0]?.tokens);
});

test("the level of the environment wins over that of its logging tree", async () => {
  const { log } = await configOf({ ...world(sample), env: { ...env, LOG_LEVEL: "debug" } });
  expect(log.level).toBe("debug");
});

test("it stands beside routes of our own file", async () => {
  const { items, routes } = await configOf({ ...world(sample), yaml: routeFile("name: a") });
  expect([items?.items.length, routes.length]).toEqual([4, 1]);
});

test.each([
  ["itmes: {}", "cachish.yml:1:1: itmes is unknown: did you mean `items`?"],
  [
    "redis: {}",
    "cachish.yml:1:1: redis is unknown: known here: items, auth, cache_dir, log_config",
  ],
  [
    "items:\n  /a:\n    module: Redis",
    'cachish.yml:3:5: items["/a"].module must be `JsonHttp`, `Heroku` or `Hawk`',
  ],
  [
    "items:\n  /a:\n    module: JsonHttp",
    'cachish.yml:2:3: items["/a"].parameters is missing: it must be a group of settings, one `name: value` a line',
  ],
  [
    "items:\n  /a:\n    module: JsonHttp\n    parameters: { url: 'http://h', feild: x }",
    'cachish.yml:4:36: items["/a"].parameters.feild is unknown: did you mean `field`?',
  ],
  [
    "items:\n  /a:\n    module: Heroku\n    parameters: { api_token: canary, app: a }",
    'cachish.yml:4:5: items["/a"].parameters.config_key must be a config var such as DATABASE_URL, a list of them, or a group of names with a path each',
  ],
  [
    "items:\n  a:\n    module: JsonHttp\n    parameters: { url: 'http://h' }",
    "cachish.yml:2:3: items.a must start with a slash, such as /npm",
  ],
  [
    "items:\n  /a:\n    module: JsonHttp\n    parameters: { url: 'file:///etc/passwd' }",
    'cachish.yml:4:19: items["/a"].parameters.url must start with http:// or https://',
  ],
  [
    "auth:\n  a: { token: canary, url: /a, x: 1 }",
    "cachish.yml:2:32: auth.a.x is unknown: known here: token, url, paths",
  ],
  ["auth:\n  a: { url: /a }", "cachish.yml:2:3: auth.a.token must be a token, or a list of tokens"],
  [
    "auth:\n  a: { token: canary, url: /a }\n  b: { token: canary, url: /b }",
    'cachish.yml:3:8: auth.b.token must be its own: the client "a" has the same',
  ],
  [
    "auth:\n  canary: /a",
    "cachish.yml:1:1: auth is in the form that cachish had before 1.1 (`token: url`): name each client, and give it a `token` and a `url`",
  ],
])("%j is refused at its place, without a secret", async (text, fault) => {
  const faults = await faultsIn(world(text));
  expect(faults).toEqual([fault]);
});

test("a file that is not there, and one whose settings stand in ours too, stop the start", async () => {
  expect(await errorIn({ env })).toContain("cachish.yml: there is no such file");
  const both = { ...world(sample), yaml: `${routeFile("name: a")}auth: {}\n` };
  expect(await errorIn(both)).toContain("CACHISH_CONFIG_FILE: contradicts warmfront.yaml");
});
