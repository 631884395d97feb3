import { expect, test } from "vitest";
import { REAP_DEFAULTS } from "../../src/config/reap.ts";
import { type ReapCommandOptions, readReapCommand } from "../../src/config/reap-command.ts";
import { configOf, faultsIn, folderWith } from "../helpers/configuration.ts";

const ENV = {
  PAGES_REDIS_URL: "redis://pages:6379",
  FORGEJO_HOST: "https://git.example.org/forge/",
};

test("without a pages Redis and a forge there is no reaper", async () => {
  expect((await configOf({})).reap).toBeUndefined();
  const { FORGEJO_HOST } = ENV;
  expect((await configOf({ env: { FORGEJO_HOST } })).reap).toBeUndefined();
});

test("a pages Redis and a forge are enough; the rest has defaults, and the schedule none", async () => {
  const { reap } = await configOf({ env: ENV });
  const { mode, rootKey, mappingPrefix, strikes, brake, keepRecordsMs, ...forge } = REAP_DEFAULTS;
  expect(reap).toEqual({
    mode,
    pages: { redis: { kind: "url", url: "redis://pages:6379" }, rootKey, mappingPrefix },
    forge: { url: "https://git.example.org/forge", ...forge },
    strikes,
    brake,
    keepRecordsMs,
    dnsProof: false,
    rules: [],
  });
});

test.each([
  ["hourly", "17 * * * *"],
  ["6-hourly", "17 */6 * * *"],
  ["daily", "17 3 * * *"],
  ["30 4 * * 1-5", "30 4 * * 1-5"],
])("the schedule %s is the pattern %s", async (schedule, pattern) => {
  const yaml = `reap: { schedule: "${schedule}", time_zone: Europe/Berlin }`;
  const { reap } = await configOf({ yaml, env: ENV });
  expect(reap?.schedule).toEqual({ pattern, timeZone: "Europe/Berlin" });
});

test.each([
  ["schedule: weekly", "reap.schedule must be hourly"],
  ['schedule: "* * * *"', "reap.schedule must be hourly"],
  ["time_zone: Mars/Base", "reap.time_zone must be a time zone"],
  ["schedule: daily", "reap.pages.redis is missing, and reap.schedule needs it"],
  ["schedule: daily", "reap.forge.host is missing, and reap.schedule needs it"],
  ["mode: remove", "reap.mode must be `dry-run` or `apply`"],
  ["forge: { host: git.example.org }", "reap.forge.host must be a URL"],
  [
    "forge: { host: 'https://u:p@git.example.org' }",
    "reap.forge.host must hold no user or password",
  ],
  ["pages: { mapping_prefix: '*' }", "reap.pages.mapping_prefix must be visible ASCII"],
  ["rules: [{ name: x, key: 'a:{b}' }]", "reap.rules[0].owner is missing"],
])("the setting %s is refused", async (setting, message) => {
  const faults = await faultsIn({ yaml: `reap: { ${setting} }`, env: {} });
  expect(faults.join("\n")).toContain(message);
});

async function command(env: Record<string, string>, options: ReapCommandOptions = {}, files = {}) {
  await using folder = await folderWith(files);
  const read = await readReapCommand(options, env, folder.path);
  const { records } = read;
  const where = "folder" in records ? records.folder.slice(folder.path.length) : records.redis;
  return { ...read, where };
}

const FORGE = { FORGEJO_HOST: "https://git.example.org" };
const url = (text: string) => ({ kind: "url", url: text });

test.each([
  ["nothing", {}, {}, "redis://localhost:6379"],
  ["host and port", { REDIS_HOST: "r", REDIS_PORT: "6380" }, {}, "redis://r:6380"],
  ["a password", { REDIS_PASSWORD: "p:@/" }, {}, "redis://:p%3A%40%2F@localhost:6379"],
  ["an IPv6 address", { REDIS_HOST: "::1" }, {}, "redis://[::1]:6379"],
  [
    "options over variables",
    { REDIS_HOST: "r" },
    { redisHost: "o", redisPort: "1" },
    "redis://o:1",
  ],
  [
    "a URL",
    { PAGES_REDIS_URL: "rediss://u:p@r:1/2", REDIS_URL: "redis://ours" },
    {},
    "rediss://u:p@r:1/2",
  ],
  ["options over a URL", { PAGES_REDIS_URL: "redis://r" }, { redisHost: "o" }, "redis://o:6379"],
])("with %s the command knows the pages Redis", async (_, env, options, expected) => {
  const { settings } = await command({ ...FORGE, ...env }, options);
  expect(settings.pages.redis).toEqual(url(expected));
});

test("the original's variables never name the queue's Redis; beside a URL of the pages Redis they do as elsewhere", async () => {
  const parts = { REDIS_HOST: "r", REDIS_PORT: "6380" };
  expect((await command({ ...FORGE, ...parts })).where).toBe("/data/reap");
  expect((await command({ ...ENV, ...parts })).where).toEqual(url("redis://r:6380"));
});

test("records are where the workers keep theirs, unless a folder is given", async () => {
  expect((await command(FORGE)).where).toBe("/data/reap");
  expect((await command({ ...FORGE, DATA_DIR: "var" })).where).toBe("/var/reap");
  expect((await command({ ...ENV, REDIS_URL: "redis://queue" })).where).toEqual(
    url("redis://queue"),
  );
  expect((await command({ ...ENV, REDIS_URL: "redis://queue" }, { record: "mine" })).where).toBe(
    "/mine",
  );
});

test("the command reads the configuration file, and the secrets that it refers to", async () => {
  const files = {
    "warmfront.yaml":
      "reap:\n  strikes: { count: 5 }\n  forge: { host: 'https://f.example', token: 'file:token' }\n",
    token: "t0ken\n",
  };
  const { settings } = await command({}, {}, files);
  expect(settings).toMatchObject({
    strikes: { count: 5 },
    forge: { url: "https://f.example", token: "t0ken" },
  });
});

test.each<[string, Record<string, string>, ReapCommandOptions]>([
  ["no forge", {}, {}],
  ["a port that is none", { ...FORGE, REDIS_PORT: "0" }, {}],
  ["a host that is none", { ...FORGE, REDIS_HOST: "a b" }, {}],
  ["a password file that is not there", { ...FORGE, REDIS_PASSWORD_FILE: "nowhere" }, {}],
])("with %s the command says what is wrong, and no secret", async (_, env, options) => {
  const read = command({ REDIS_PASSWORD: "s3cret", ...env }, options);
  await expect(read).rejects.toMatchObject({
    name: "SetupError",
    message: expect.not.stringContaining("s3cret"),
  });
});
