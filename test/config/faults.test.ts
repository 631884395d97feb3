import { expect, test } from "vitest";
import { pathText } from "../../src/config/faults.ts";
import { errorIn, faultsIn, routeFile } from "../helpers/configuration.ts";

const fixed = (settings: string) => routeFile(`freshness: { fresh_for: 1s, ${settings} }`);
const DURATION = "must be a duration such as 500ms, 30s, 6h or 120d";
const FIELD = "must be a field name such as accept";

/** A setting of the first route and what is said of it; the path is what comes before the first space. */
test.each([
  ["presett: api", "presett is unknown: did you mean `preset`?"],
  ["preset: transparant", "preset must be `api` or `transparent`"],
  ["freshness: orign", "freshness must be `origin` or a group with `fresh_for`"],
  ["freshness: 6h", "freshness must be `origin` or a group with `fresh_for`"],
  ["freshness: {}", `freshness.fresh_for is missing: it ${DURATION}`],
  ["freshness: { fresh_for: 6 }", `freshness.fresh_for needs a unit: it ${DURATION}`],
  ["freshness: { fresh_for: six hours }", `freshness.fresh_for ${DURATION}`],
  ["freshness: { fresh_for: 40000d }", "freshness.fresh_for must be from 0s to 36500d"],
  [
    "freshness: { fresh_for: 6h, stale_iferror: 1d }",
    "freshness.stale_iferror is unknown: did you mean `stale_if_error`?",
  ],
  [
    "freshness: { fresh_for: 6h, jitter: 0.1 }",
    "freshness.jitter must be a share from 0% to 100%, with the percent sign",
  ],
  [
    "freshness: { fresh_for: 6h, statuses: { 200: 1s } }",
    "freshness.statuses.200 must be a status other than 200, 206 and 304 (200 has `fresh_for`)",
  ],
  [
    "freshness: { fresh_for: 6h, statuses: [404] }",
    'freshness.statuses must be a group of statuses, such as { "404": 10s }',
  ],
  ["max_body: big", "max_body must be a size such as 50MiB, 10kB or a number of bytes"],
  ["max_body: -1", "max_body must be a size such as 50MiB, 10kB or a number of bytes"],
  ["name: two words", "name must be 1 to 100 visible ASCII characters without spaces"],
  ["name: 5", "name must be a name, as text (numbers in quotes)"],
  ["per: user", "per must be `principal`"],
  ["soft_timeout: 0s", "soft_timeout must be from 1ms to 24d"],
  ["soft_timeout: 25d", "soft_timeout must be from 1ms to 24d"],
  ["versions: 1.5", "versions must be a whole number from 0 to 100"],
  ["encoded_slashes: decode", "encoded_slashes must be `pass` or `refuse`"],
  ["headers: { forward: accept }", "headers.forward must be a list of request field names"],
  ["headers: { forward: [a b] }", `headers.forward[0] ${FIELD}`],
  [
    "headers: { forward: [accept, Cookie] }",
    "headers.forward[1] cannot be forwarded by preset api: Warmfront sets, answers or drops this field itself",
  ],
  ['bypass: { fields: ["x:"] }', `bypass.fields[0] ${FIELD}`],
  ["bypass: { methods: [get] }", "bypass.methods[0] must be a method in capitals, such as GET"],
  [
    "bypass: { query: preview=true }",
    'bypass.query must be a group of parameters and values, such as { preview: "true" }',
  ],
  [
    "bypass: { query: { preview: 1.50 } }",
    "bypass.query.preview must be the value that the parameter has, as text (numbers in quotes)",
  ],
  [
    "key: { query: none }",
    "key.query must be `all`, `sorted`, { allow: [names] } or { ignore: [names] }",
  ],
  ["key: { query: { allow: [a], ignore: [b] } }", "key.query must hold either `allow` or `ignore`"],
  ["key: { query: {} }", "key.query must hold either `allow` or `ignore`"],
  ["guards: { status: [ok] }", "guards.status[0] must be a whole number from 200 to 599"],
  [
    "guards: { content_type: [json] }",
    "guards.content_type[0] must be a media type without parameters, such as application/json",
  ],
  ["compat: yes", "compat must be a group of settings, one `name: value` a line"],
  ["bypass:", "bypass must be a group of settings, one `name: value` a line"],
])("of a route with %j the fault says what would be right", async (setting, fault) => {
  const [line] = await faultsIn({ yaml: routeFile(setting) });
  expect(line?.replace(/^warmfront\.yaml:4:\d+: routes\[0\]\./, "")).toBe(fault);
  expect(await faultsIn({ yaml: routeFile(setting) })).toHaveLength(1);
});

test.each([
  ["a/*", "must start with a slash, such as /index/v1/*"],
  ['""', "must start with a slash, such as /index/v1/*"],
  ["/*/a", "may hold `*` only as its last character"],
  ["/a/**", "may hold `*` only as its last character"],
  [
    '"/a?b=1"',
    "may hold no space, `?`, `#`, backslash or character outside ASCII: write it as it stands in a request line, percent-encoded",
  ],
  [
    "/é",
    "may hold no space, `?`, `#`, backslash or character outside ASCII: write it as it stands in a request line, percent-encoded",
  ],
  ["/a/%2E./b", "may hold no `.` or `..` segment: requests with one are refused"],
])("the path %s is refused", async (path, fault) => {
  expect(await faultsIn({ yaml: routeFile("name: a", path) })).toEqual([
    `warmfront.yaml:2:5: routes[0].path ${fault}`,
  ]);
});

test.each([
  ["npm", "must start with a slash, such as /npm"],
  ["/npm*", "may hold no `*`"],
  ["/np", "must be the beginning of the route's path, in whole segments"],
  ["/npm/x", "must be the beginning of the route's path, in whole segments"],
])("the prefix %s cannot be stripped from /npm/*", async (prefix, fault) => {
  const yaml = `routes:\n  - path: /npm/*\n    source: { url: "http://h", strip_prefix: ${prefix} }\n`;
  expect(await faultsIn({ yaml })).toEqual([
    `warmfront.yaml:3:32: routes[0].source.strip_prefix ${fault}`,
  ]);
});

test("routes must differ in path and in name", async () => {
  const route = "  - { path: /a, name: n, source: { url: 'http://h' } }\n";
  expect(await faultsIn({ yaml: `routes:\n${route}${route}` })).toEqual([
    "warmfront.yaml:3:7: routes[1].path must be unique: routes[0] has the same path",
    "warmfront.yaml:3:17: routes[1].name must be unique: routes[0] has the same name",
  ]);
});

test("a transparent route takes no list of fields to forward", async () => {
  const yaml = routeFile("preset: transparent\n    headers: { forward: [accept] }");
  expect(await faultsIn({ yaml })).toEqual([
    "warmfront.yaml:5:16: routes[0].headers.forward has no effect with preset transparent, which forwards every field: remove it, or use preset api",
  ]);
});

test.each([
  ["routes: []", "warmfront.yaml:1:1: routes must hold at least one route"],
  ["routes: { path: /a }", "warmfront.yaml:1:1: routes must be a list of routes"],
  [
    "routes:\n  - path: /a",
    "warmfront.yaml:2:5: routes[0].source is missing: it must be a group of settings, one `name: value` a line",
  ],
  [
    "routes:\n  - source: { url: 'http://h' }",
    "warmfront.yaml:2:5: routes[0].path is missing: it must be a path such as /index/v1/*, as text (numbers in quotes)",
  ],
  [
    "zzz: 1",
    "warmfront.yaml:1:1: zzz is unknown: known here: listen, control, data_dir, secret_key, redis, cache, memory, store_budget, log, refresh, budget, public_url, github, site, egress, report, jobs, worker, reap, drain, routes, items, auth, cache_dir, log_config",
  ],
  ["Listen: { port: 1 }", "warmfront.yaml:1:1: Listen is unknown: did you mean `listen`?"],
  [
    "redis: { cacheUrl: x }",
    "warmfront.yaml:1:10: redis.cacheUrl is unknown: did you mean `cache_url`?",
  ],
  [
    "redis: { url: { sentinels: [a:1], nme: x } }",
    "warmfront.yaml:1:35: redis.url.nme is unknown: did you mean `name`?",
  ],
  [
    "redis: { url: { nodes: [a] } }",
    "warmfront.yaml:1:25: redis.url.nodes[0] must be host:port, such as redis-1:26379",
  ],
  ["redis: { url: { nodes: [] } }", "warmfront.yaml:1:17: redis.url.nodes must name at least one"],
])("the file %j is refused", async (yaml, fault) => {
  expect(await faultsIn({ yaml })).toContain(fault);
});

test("all faults come at once, in the order of the file, then those of the environment", async () => {
  const yaml = `${fixed("jitter: 5")}    presett: api\nlisten: { port: x }\n`;
  expect(await errorIn({ yaml, env: { LOG_LEVEL: "x" } })).toBe(
    [
      "The configuration has 4 faults:",
      "  warmfront.yaml:4:33: routes[0].freshness.jitter must be a share from 0% to 100%, with the percent sign",
      "  warmfront.yaml:5:5: routes[0].presett is unknown: did you mean `preset`?",
      "  warmfront.yaml:6:11: listen.port must be a whole number from 0 to 65535",
      "  LOG_LEVEL: log.level must be `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`",
    ].join("\n"),
  );
});

test("a path is written as in JavaScript", () => {
  expect(pathText(["routes", 0, "bypass", "query", "a b"])).toBe('routes[0].bypass.query["a b"]');
});
