import fc from "fast-check";
import { expect, test } from "vitest";
import { printSettings, summarizeSettings } from "../../src/config/print.ts";
import { messageOf } from "../../src/errors.ts";
import { configOf, routeFile, settingsOf } from "../helpers/configuration.ts";

const YAML = `
control: { token: "\${TOKEN}" }
redis:
  url: redis://user:\${PASSWORD}@queue:6379/1
  cache_url: { sentinels: ["s:26379"], name: main, password: pw-literal, sentinel_password: file:spw }
listen: { port: "\${P:-8000}" }
${routeFile("freshness: { fresh_for: 6h }").replace("http://127.0.0.1:9000", `https://api.example/bot\${TOKEN}`)}`;
const world = {
  yaml: YAML,
  env: { TOKEN: "token-value", PASSWORD: "password-value", STORE_BUDGET: "20ms" },
  files: { spw: "sentinel-value" },
};

test("the effective settings are printed with references as they were written and secrets blotted out", async () => {
  const printed = printSettings(await settingsOf(world));
  expect(printed).toContain(`  token: \${TOKEN}\n`);
  expect(printed).toContain("  url: redis://[redacted]@queue:6379/1\n");
  expect(printed).toContain('    password: "[redacted]"\n    tls: false\n');
  expect(printed).toContain("    sentinel_password: file:spw\n");
  expect(printed).toContain(`  port: \${P:-8000}\n`);
  expect(printed).toContain(`      url: https://api.example/bot\${TOKEN}\n`);
  expect(printed).toContain("      fresh_for: 6h\n");
  expect(printed).toContain("      stale_if_error: 1d\n");
  expect(printed).not.toMatch(/-value|pw-literal/);
});

test("each value can be printed with where it is from", async () => {
  const printed = printSettings(await settingsOf(world), { origins: true });
  expect(printed).toContain(`  token: \${TOKEN} # warmfront.yaml:2:12\n`);
  expect(printed).toContain("store_budget: 20ms # STORE_BUDGET\n");
  expect(printed).toContain("drain: 25s # default\n");
  expect(printed).toContain("      fresh_for: 6h # warmfront.yaml:10:18\n");
  expect(printed).not.toMatch(/-value|pw-literal/);
});

test("what the environment overrides is not printed as the file has it", async () => {
  const env = { LISTEN_PORT: "9000", P: "1" };
  const yaml = `listen: { port: "\${P}" }\n${routeFile("name: a")}`;
  expect(printSettings(await settingsOf({ yaml, env }))).toContain("  port: 9000\n");
});

test.each([
  ["the default route", {}],
  ["the old variables", { env: { BACKEND_HOST: "api", CACHE_TTL: "60", REDIS_HOST: "r" } }],
  [
    "a file of both presets",
    {
      yaml: `${routeFile('preset: transparent\n    key: { query: { allow: [a] } }\n    bypass: { query: { preview: "true" } }')}  - { path: /b, source: { url: "http://h" }, guards: { json_paths: [a.b] } }\n`,
    },
  ],
])("printed settings of %s load again to the same configuration", async (_, given) => {
  const config = await configOf(given);
  const again = await configOf({ yaml: printSettings(await settingsOf(given)) });
  expect({ ...again, dataDir: "" }).toEqual({ ...config, dataDir: "" });
});

test("the summary says what listens, where the stores are and where routes lead", async () => {
  expect(summarizeSettings(await settingsOf(world))).toBe(
    [
      "ok: warmfront.yaml",
      `  clients    0.0.0.0:\${P:-8000}`,
      "  operators  127.0.0.1:8889, with token",
      "  jobs       redis://[redacted]@queue:6379/1",
      "  responses  main of the Sentinels s:26379",
      `  route      /a/* → https://api.example/bot\${TOKEN} (api, fresh for 6h, stale if the source fails for 1d)`,
      "",
    ].join("\n"),
  );
});

test("the summary of nothing configured names the embedded store", async () => {
  const summary = summarizeSettings(await settingsOf({}));
  expect(summary).toContain("ok: no file\n");
  expect(summary).toContain("  jobs       the embedded store in ./data\n");
  expect(summary).toContain("operators  127.0.0.1:8889, without token\n");
});

test("the summary says when the reaper runs, and whether it removes", async () => {
  const reap = "schedule: daily, pages: { redis: redis://p }, forge: { host: http://f }";
  expect(summarizeSettings(await settingsOf({ yaml: `reap: { ${reap} }` }))).toContain(
    "  reaper     daily (dry-run), http://f\n",
  );
});

/** Places of a secret in otherwise right or wrong configurations; `S` stands for the secret. */
const HIDING_PLACES: readonly ((secret: string) => {
  readonly yaml?: string;
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string>;
})[] = [
  (s) => ({ yaml: `control: { token: ${JSON.stringify(s)} }\n${routeFile("name: a")}` }),
  (s) => ({ yaml: `control: { token: ${JSON.stringify(s)}, host: 0 }\n${routeFile("nme: a")}` }),
  (s) => ({ yaml: `control: { token: [${JSON.stringify(s)}] }\n${routeFile("name: a")}` }),
  (s) => ({ yaml: `control: { token: ${JSON.stringify(s)} ${JSON.stringify(s)} }\n` }),
  (s) => ({
    yaml: `redis: { url: ${JSON.stringify(`redis://:${s}@h`)} }\n${routeFile("name: a")}`,
  }),
  (s) => ({ yaml: `redis: { url: ${JSON.stringify(`redis//:${s}@h`)} }\n` }),
  (s) => ({
    yaml: `redis: { url: { nodes: ["n:1"], password: ${JSON.stringify(s)} } }\n${routeFile("a: 1")}`,
  }),
  (s) => ({ yaml: routeFile("name: a").replace("127.0.0.1", `u:${encodeURIComponent(s)}@h`) }),
  (s) => ({ yaml: routeFile(`max_body: "\${X}"\n    preset: "\${X}"`), env: { X: s } }),
  (s) => ({ yaml: routeFile(`bypass: { query: { q: "\${X}" } }`), env: { X: s } }),
  (s) => ({ yaml: `control: { token: "\${X:-${s}}" }\n${routeFile("name: a")}` }),
  (s) => ({ yaml: `control: { token: "file:t" }\n${routeFile("name: a")}`, files: { t: s } }),
  (s) => ({ yaml: `log: { level: "file:t" }\n${routeFile("name: a")}`, files: { t: s } }),
  (s) => ({ env: { CONTROL_TOKEN: s } }),
  (s) => ({ env: { CONTROL_TOKEN_FILE: s } }),
  (s) => ({ env: { CONTROL_TOKEN_FILE: "t", CONTROL_TOKEN: `${s}x` }, files: { t: s } }),
  (s) => ({ env: { REDIS_URL: `redis://u:${s}@h:1`, REDIS_HOST: "other" } }),
  (s) => ({ env: { REDIS_URL: s, LISTEN_PORT: s, LOG_LEVEL: s, CACHE_TTL: s, BACKEND_HOST: s } }),
  (s) => ({ env: { BACKEND_URL: `http://u:${s}@h`, MAX_BODY_CACHE: s } }),
  (s) => ({ env: { npm_config_registry: `http://u:${s}@h` } }),
];

test("no secret shows in a fault, in the printed settings or in the summary, wherever it stands", async () => {
  const secret = fc.stringMatching(/^[!-~]{6,20}$/).map((text) => `q7Z${text}`);
  await fc.assert(
    fc.asyncProperty(secret, fc.constantFrom(...HIDING_PLACES), async (text, hide) => {
      const shown = await everythingShown(hide(text));
      expect(shown).not.toBe("");
      expect(shown).not.toContain(text);
      expect(shown, "nor the beginning of it").not.toContain("q7Z");
    }),
    { numRuns: 400 },
  );
});

async function everythingShown(given: ReturnType<(typeof HIDING_PLACES)[number]>) {
  const loaded = await settingsOf(given).catch(messageOf);
  if (typeof loaded === "string") return loaded;
  return printSettings(loaded, { origins: true }) + summarizeSettings(loaded);
}
