import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { printSettings } from "../../src/config/print.ts";
import { configOf, faultsIn, settingsOf } from "../helpers/configuration.ts";

const item = (more = "", parameters = "") =>
  `items:\n  /a:\n    module: JsonHttp\n    parameters: { url: "https://api.example.org/a"${parameters} }\n    ${more}\n`;

test("an item of our own file is served while it is fresh, and kept in the data folder", async () => {
  const config = await configOf({ yaml: item() });
  expect(config.routes).toEqual([]);
  expect(config.items?.folder).toBe(`${config.dataDir}/items`);
  expect(config.items?.items).toEqual([
    {
      path: "/a",
      source: { module: "JsonHttp", url: "https://api.example.org/a" },
      expect: "value",
      mode: "fresh",
      freshForMs: 60_000,
      softTimeoutMs: 2_000,
      timeoutMs: 5_000,
      maxBody: 1_048_576,
      isPublic: false,
      compat: false,
    },
  ]);
});

test("every setting of an item has its meaning", async () => {
  const more = `{ }
    fresh_for: 5m
    max_stale: 1d
    refresh_every: 30s
    expect: { db: url }
    schema: { type: object }
    public: true`;
  const { items } = await configOf({
    yaml: item(`compat: true`, `, field: { db: data.urls.0 }`).replace(
      "compat: true",
      `compat: true${more.slice(3)}`,
    ),
  });
  expect(items?.items[0]).toMatchObject({
    freshForMs: 300_000,
    maxAgeMs: 86_700_000,
    refreshEveryMs: 30_000,
    fields: new Map([["db", "data.urls.0"]]),
    expect: new Map([["db", "url"]]),
    schema: { type: "object" },
    isPublic: true,
    compat: true,
  });
});

test("a client may have several tokens, as digests too, each with its end, and two kinds of patterns", async () => {
  const digest = hash("sha256", "canary-b");
  const yaml = `${item()}auth:
  app:
    token: [canary-a, "sha256:${digest.toUpperCase()}", { token: canary-c, expires: 2027-01-31T12:00:00Z }]
    url: [/a, /b*]
    paths: /c/*/d
`;
  const { items } = await configOf({ yaml });
  expect(items?.clients).toEqual([
    {
      name: "app",
      tokens: [
        { digest: hash("sha256", "canary-a", "buffer") },
        { digest: Buffer.from(digest, "hex") },
        {
          digest: hash("sha256", "canary-c", "buffer"),
          expiresAt: Date.UTC(2027, 0, 31, 12),
        },
      ],
      urls: ["/a", "/b*"],
      paths: ["/c/*/d"],
    },
  ]);
  const printed = printSettings(await settingsOf({ yaml }));
  expect(printed).not.toMatch(/canary/);
});

test("only digests are nothing to warn of", async () => {
  const yaml = `${item()}auth: { app: { token: "sha256:${hash("sha256", "x")}", url: /a } }\n`;
  expect((await configOf({ yaml })).items?.warnings).toEqual([]);
});

test.each([
  [
    item("schema: { type: nonsense }"),
    'warmfront.yaml:5:5: items["/a"].schema must be a JSON Schema (draft 2020-12, 7 or 4) without parts that cannot be checked',
  ],
  [
    item("expect: text"),
    'warmfront.yaml:5:5: items["/a"].expect must be a kind of value such as `string`, or a group with one for each field',
  ],
  [
    item("refresh_every: 10ms"),
    'warmfront.yaml:5:5: items["/a"].refresh_every must be from 1s to 24d',
  ],
  [
    item().replace("https://", "https://u:canary%zz@"),
    'warmfront.yaml:4:19: items["/a"].parameters.url must have user and password percent-encoded',
  ],
  [item("mode: stale"), 'warmfront.yaml:5:5: items["/a"].mode must be `fresh` or `source`'],
  [
    item().replace("/a:", "/healthz:"),
    'warmfront.yaml:2:3: items["/healthz"] is Warmfront\'s own: give the item another path',
  ],
  [
    `${item()}auth: { a: { token: "sha256:canary", url: /a } }`,
    "warmfront.yaml:6:14: auth.a.token must have 64 hexadecimal digits after `sha256:`",
  ],
  [
    `${item()}auth: { a: { token: [canary, canary], url: /a } }`,
    "warmfront.yaml:6:14: auth.a.token holds a token twice",
  ],
  ["routes: []", "warmfront.yaml:1:1: routes must hold at least one route"],
])("%j is refused", async (yaml, fault) => {
  expect(await faultsIn({ yaml })).toEqual([fault]);
});

test("the examples of docs/items.md are right ones", async () => {
  const page = await readFile(new URL("../../docs/items.md", import.meta.url), "utf8");
  const examples = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml = ""]) => yaml);
  expect(examples).toHaveLength(4);
  for (const yaml of examples) {
    const files = { heroku: "t0ken" };
    const { items } = await configOf({ yaml: yaml.replace("/run/secrets/", ""), files });
    expect(items?.items.length, yaml).toBeGreaterThan(0);
  }
});
