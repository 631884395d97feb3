import { expect, test } from "vitest";
import type { Route } from "../../src/config/route.ts";
import { configOf, routeFile } from "../helpers/configuration.ts";

async function routeWith(settings: string): Promise<Route> {
  const { routes } = await configOf({ yaml: routeFile(settings) });
  return routes[0] as Route;
}

test.each<[string, Partial<Route>]>([
  ["name: stable", { id: "stable", path: "/a/*" }],
  [
    "preset: transparent",
    {
      preset: "transparent",
      forward: [],
      clientCacheControl: "honour",
      freshness: { mode: "origin" },
    },
  ],
  [
    "preset: transparent\n    client_cache_control: ignore",
    { preset: "transparent", clientCacheControl: "ignore" },
  ],
  ["client_cache_control: honour", { preset: "api", clientCacheControl: "honour" }],
  ["headers: { forward: [Accept, X-Tenant] }", { forward: ["accept", "x-tenant"] }],
  ["headers: { forward: [] }", { forward: [] }],
  [
    'freshness: { fresh_for: 1m, statuses: { "404": 10s, 301: 0 }, jitter: 10% }',
    {
      freshness: {
        mode: "fixed",
        freshForMs: 60_000,
        staleWhileRevalidateMs: 0,
        staleIfErrorMs: 86_400_000,
        perStatus: new Map([
          [404, 10_000],
          [301, 0],
        ]),
        jitter: 0.1,
      },
    },
  ],
  ["max_body: 0", { maxBody: 0 }],
  [
    "bypass: { query: { preview: true, draft: 1 }, methods: [GET], fields: [X-Debug] }",
    {
      bypass: {
        query: [
          ["preview", "true"],
          ["draft", "1"],
        ],
        methods: ["GET"],
        fields: ["x-debug"],
      },
    },
  ],
  [
    "key: { query: sorted, fields: [X-A] }",
    { key: { query: { mode: "sorted" }, fields: ["x-a"] } },
  ],
  [
    "key: { query: { allow: [q, page] } }",
    { key: { query: { mode: "allow", names: ["q", "page"] }, fields: [] } },
  ],
  ["key: { query: { allow: [] } }", { key: { query: { mode: "allow", names: [] }, fields: [] } }],
  [
    "key: { query: { ignore: [utm] } }",
    { key: { query: { mode: "ignore", names: ["utm"] }, fields: [] } },
  ],
  ["encoded_slashes: refuse", { encodedSlashes: "refuse" }],
  ["per: principal", { perPrincipal: true }],
  ["soft_timeout: 500ms", { softTimeoutMs: 500 }],
  ["refresh_ahead: 20%", { refreshAhead: 0.2 }],
  ["versions: 3", { versions: 3 }],
  ["targeted_cache_control: off", { targetedCacheControl: false }],
  ["compat: { x_redis_cache: true }", { compat: { xRedisCache: true } }],
  [
    "guards: { status: [200, 203], content_type: [Application/JSON], min_bytes: 1kB, json: true, max_shrink: 50% }",
    {
      guards: {
        status: [200, 203],
        contentType: ["application/json"],
        minBytes: 1_000,
        json: true,
        jsonPaths: [],
        maxShrink: 0.5,
      },
    },
  ],
  ["guards: { json_paths: [data.items] }", { guards: { json: true, jsonPaths: ["data.items"] } }],
])("%j is compiled", async (settings, expected) => {
  expect(await routeWith(settings)).toMatchObject(expected);
});

test.each([
  ["/npm", "/npm/*"],
  ["/npm/", "/npm/*"],
  ["/npm", "/npm"],
  ["/a/b", "/a/b/c*"],
])("the prefix %s can be stripped from %s, without its last slash", async (prefix, path) => {
  const yaml = `routes: [{ path: "${path}", source: { url: "http://h/base/", strip_prefix: "${prefix}" } }]`;
  expect((await configOf({ yaml })).routes[0]?.source).toMatchObject({
    stripPrefix: prefix.replace(/\/$/, ""),
    basePath: "/base",
  });
});
