import { expect, test } from "vitest";
import { printSettings } from "../../src/config/print.ts";
import { configOf, faultsIn, routeFile, settingsOf } from "../helpers/configuration.ts";

const one = Buffer.alloc(32, 0xfb);
const two = Buffer.alloc(32, 2);
const yaml = (value: string) => `secret_key: ${value}\n${routeFile("name: a")}`;

test.each([
  ["base64", one.toString("base64"), [one]],
  ["base64 without its end", one.toString("base64url"), [one]],
  ["hex", one.toString("hex"), [one]],
  ["hex in capitals", one.toString("hex").toUpperCase(), [one]],
  ["two keys in one text", `"${one.toString("hex")}, ${two.toString("base64")}"`, [one, two]],
  ["a list", `["${two.toString("hex")}", "${one.toString("base64")}"]`, [two, one]],
])("a key may be given as %s", async (_, value, keys) => {
  expect((await configOf({ yaml: yaml(value) })).secretKeys).toEqual(keys);
});

test("the environment may give keys, or name a file that holds them, and wins", async () => {
  const both = `${two.toString("hex")} ${one.toString("hex")}`;
  const given = { yaml: yaml(one.toString("hex")), env: { WARMFRONT_SECRET_KEY: both } };
  expect((await configOf(given)).secretKeys).toEqual([two, one]);
  const file = { env: { WARMFRONT_SECRET_KEY_FILE: "keys" }, files: { keys: `${both}\n` } };
  expect((await configOf(file)).secretKeys).toEqual([two, one]);
});

test("without the setting there are no keys", async () => {
  expect((await configOf({})).secretKeys).toEqual([]);
});

test.each([
  ["canary", "warmfront.yaml:1:1"],
  [one.subarray(1).toString("base64"), "warmfront.yaml:1:1"],
  [`${one.toString("hex")}00`, "warmfront.yaml:1:1"],
  [`"${one.toString("hex")} canary"`, "warmfront.yaml:1:1"],
])("%s is refused without being quoted", async (value, place) => {
  expect(await faultsIn({ yaml: yaml(value) })).toEqual([
    `${place}: secret_key must be 32 random bytes in base64 or hex, such as \`openssl rand -base64 32\` prints`,
  ]);
});

test("an empty list of keys is refused", async () => {
  expect(await faultsIn({ yaml: yaml("[]") })).toEqual([
    "warmfront.yaml:1:1: secret_key must hold at least one key",
  ]);
});

test.each([one.toString("hex"), `[${one.toString("hex")}]`])(
  "a key is never printed, %s",
  async (value) => {
    const printed = printSettings(await settingsOf({ yaml: yaml(value) }), { origins: true });
    expect(printed).toContain('secret_key: "[redacted]"');
    expect(printed).not.toContain(one.toString("hex"));
  },
);
