import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { configurationDocs } from "../../src/config/docs.ts";
import { settingsJsonSchema } from "../../src/config/schema.ts";
import { listSettings } from "../../src/config/settings.ts";
import { configOf } from "../helpers/configuration.ts";

const textOf = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), "utf8");

test("docs/configuration.md is current (`npx warmfront config docs` makes it)", async () => {
  const docs = configurationDocs(await textOf("warmfront.example.yaml"));
  expect(await textOf("docs/configuration.md")).toBe(docs);
});

test("every setting has one sentence, and all but groups a kind of value", () => {
  const settings = listSettings();
  expect(settings.length).toBeGreaterThan(60);
  for (const { path, sentence, type, group } of settings) {
    expect(sentence, path.join(".")).toMatch(/^[A-Z`].*\.$/);
    if (!group) expect(type, path.join(".")).toMatch(/./);
  }
});

test("the documentation names every setting that the environment can set, with its default", async () => {
  const docs = configurationDocs("");
  expect(docs).toContain("| `port` | number | `8888` | `LISTEN_PORT`, `PORT` |");
  expect(docs).toContain("| `fresh_for` | duration | required |");
  for (const name of listSettings().flatMap(({ env }) => env ?? [])) {
    expect(docs).toContain(`\`${name}\``);
  }
});

test("the example file is a right one", async () => {
  const config = await configOf({ yaml: await textOf("warmfront.example.yaml") });
  expect(config.routes.map(({ id }) => id)).toEqual(["/index/v1/*", "account", "/*"]);
});

test("what the example file has commented out is right too", async () => {
  const text = (await textOf("warmfront.example.yaml")).replaceAll(/^( *)# (?=( *)\w+:)/gm, "$1");
  const world = { yaml: text, env: { REDIS_URL: "redis://r" } };
  const files = { token: "t0ken" };
  const config = await configOf({
    ...world,
    yaml: text.replace("/run/secrets/control-token", "token"),
    files,
  });
  expect(config.control.token).toBe("t0ken");
  expect(config.redis.queue).toEqual({ kind: "url", url: "redis://r" });
  expect(config.redis.cache).toEqual({ kind: "url", url: "redis://127.0.0.1:6380" });
});

test("the example environment is a right one, and says nothing but the defaults", async () => {
  const env = parseEnv(await textOf(".env.example")) as Record<string, string>;
  const { dataDir: _, ...config } = await configOf({ env });
  const { dataDir: __, ...defaults } = await configOf({});
  expect(config).toEqual(defaults);
});

test("the example environment knows every variable that sets a setting", async () => {
  const env = parseEnv(await textOf(".env.example"));
  const names = listSettings().flatMap(({ env: [name] = [] }) => name ?? []);
  expect(Object.keys(env)).toEqual(expect.arrayContaining(names));
});

test("the JSON Schema describes the file as it is written", () => {
  const schema = settingsJsonSchema();
  expect(schema).toMatchObject({
    type: "object",
    additionalProperties: false,
    properties: {
      listen: {
        properties: { port: { type: "integer", minimum: 0, maximum: 65_535, default: 8888 } },
      },
      routes: {
        type: "array",
        items: {
          required: ["path", "source"],
          properties: {
            path: { type: "string", description: expect.stringContaining("/index/v1/*") },
            preset: { enum: ["api", "transparent"], default: "api" },
            freshness: {
              anyOf: [{ const: "origin" }, { type: "object", required: ["fresh_for"] }],
            },
          },
        },
      },
    },
  });
  expect(schema).not.toHaveProperty("required");
});
