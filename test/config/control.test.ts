import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { includesRole, ROLES } from "../../src/config/control.ts";
import { printSettings, summarizeSettings } from "../../src/config/print.ts";
import { configOf, errorIn, faultsIn, routeFile, settingsOf } from "../helpers/configuration.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest();
const file = (tokens: string, more = "") =>
  `control: { ${more}tokens: [ ${tokens} ] }\n${routeFile("name: a")}`;

test("tokens have a name and a role, and are kept as digests, whichever way they are given", async () => {
  const digest = sha256("b").toString("hex").toUpperCase();
  const { control } = await configOf({
    yaml: file(
      `{ name: ann, role: viewer, token: "\${ANN}" }, { name: bo, role: admin, token_sha256: ${digest} }`,
    ),
    env: { ANN: "a" },
  });
  expect(control).not.toHaveProperty("token");
  expect(control.operators).toEqual([
    { name: "ann", role: "viewer", digest: sha256("a") },
    { name: "bo", role: "admin", digest: sha256("b") },
  ]);
});

test("with tokens the control plane may be reached from other machines", async () => {
  const yaml = file("{ name: ann, role: viewer, token: a }", "host: 0.0.0.0, ");
  expect((await configOf({ yaml })).control.host).toBe("0.0.0.0");
});

test.each([
  [
    "an unknown role",
    "{ name: x, role: root, token: s3cret }",
    "must be `viewer`, `operator` or `admin`",
  ],
  ["neither form", "{ name: x, role: admin }", "token_sha256 must be set"],
  [
    "both forms",
    `{ name: x, role: admin, token: s3cret, token_sha256: ${"a".repeat(64)} }`,
    "and not both",
  ],
  [
    "half a digest",
    `{ name: x, role: admin, token_sha256: ${"a".repeat(63)} }`,
    "64 hexadecimal digits",
  ],
  ["no name", "{ role: admin, token: s3cret }", "is missing"],
  [
    "a name twice",
    "{ name: x, role: admin, token: s3cret }, { name: x, role: viewer, token: t }",
    "another token has the same",
  ],
  [
    "a token twice",
    "{ name: x, role: admin, token: s3cret }, { name: y, role: viewer, token: s3cret }",
    "another one is the same",
  ],
  [
    "a token and its digest",
    `{ name: x, role: admin, token: s3cret }, { name: y, role: viewer, token_sha256: ${sha256("s3cret").toString("hex")} }`,
    "another one is the same",
  ],
])("%s among the tokens stops the start, and no token is shown", async (_what, tokens, fault) => {
  const yaml = file(tokens);
  expect((await faultsIn({ yaml })).join("\n")).toContain(fault);
  expect(await errorIn({ yaml })).not.toContain("s3cret");
});

test("a token of its own that is also the admin's stops the start", async () => {
  const yaml = file("{ name: x, role: viewer, token: s3cret }");
  const faults = await faultsIn({ yaml, env: { CONTROL_TOKEN: "s3cret" } });
  expect(faults.join("\n")).toContain("must be its own: control.token (CONTROL_TOKEN) is the same");
});

test("what is printed shows names and roles and no token", async () => {
  const loaded = await settingsOf({
    yaml: file("{ name: ann, role: viewer, token: s3cret }", "token: s3cret2, "),
  });
  const text = printSettings(loaded);
  expect(text).toMatch(/name: ann\n\s+role: viewer/);
  expect(text).not.toContain("s3cret");
  expect(summarizeSettings(loaded)).toContain("2 tokens");
});

test("each role includes those before it", () => {
  const table = ROLES.map((role) => ROLES.map((needed) => includesRole(role, needed)));
  expect(table).toEqual([
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});
