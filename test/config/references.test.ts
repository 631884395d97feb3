import { expect, test } from "vitest";
import { resolveReferences } from "../../src/config/references.ts";
import { configOf, faultsIn, folderWith, routeFile } from "../helpers/configuration.ts";

const env = { HOST: "api", EMPTY: "", PORT_OF_API: "9000", FOLDER: "secrets" };

async function resolved(text: string, files: Record<string, string> = {}) {
  await using folder = await folderWith(files);
  const { tree, faults } = resolveReferences({ it: text }, { env, folder: folder.path });
  return faults[0]?.message ?? (tree as { it: string }).it;
}

test.each([
  ["plain text", "plain text"],
  [`http://\${HOST}:\${PORT_OF_API}/`, "http://api:9000/"],
  [`\${NOPE:-fallback}`, "fallback"],
  [`\${EMPTY:-fallback}`, "fallback"],
  [`\${HOST:-fallback}`, "api"],
  [`\${NOPE:-}`, ""],
  [`\${EMPTY}`, ""],
  [`$\${HOST}`, `\${HOST}`],
  ["$HOST costs 5$", "$HOST costs 5$"],
  [`\${HOST`, `\${HOST`],
])("%s becomes %s", async (text, expected) => {
  expect(await resolved(text)).toBe(expected);
});

test("the contents of a variable are not read for references again", () => {
  const { tree } = resolveReferences({ it: `\${A}` }, { env: { A: `\${B}` }, folder: "/" });
  expect(tree).toEqual({ it: `\${B}` });
});

test("a file reference is the trimmed text of the file, from the folder of the settings or an absolute path", async () => {
  const files = { "secrets/token": "  t0ken\n\n" };
  expect(await resolved("file:secrets/token", files)).toBe("t0ken");
  expect(await resolved(`file:\${FOLDER}/token`, files)).toBe("t0ken");
  await using folder = await folderWith(files);
  expect(await resolved(`file:${folder.path}/secrets/token`)).toBe("t0ken");
  expect(await resolved(`file://${folder.path}/secrets/token`)).toBe("t0ken");
});

test.each([
  [
    `\${NOPE}`,
    `refers to the environment variable NOPE, which is not set: set it, or write \${NOPE:-fallback}`,
  ],
  [
    `\${not a name}`,
    `holds a reference without a name: write \${NAME} or \${NAME:-fallback}, and $\${ for a plain \${`,
  ],
  ["file:nope", "refers to a file that does not exist"],
  ["file:empty", "refers to a file that is empty"],
  ["file:.", "refers to a file that cannot be read (EISDIR)"],
])("%s is a fault", async (text, fault) => {
  expect(await resolved(text, { empty: " \n" })).toBe(fault);
});

test("references work in every value, in lists and groups, also where a number or a switch is wanted", async () => {
  const config = await configOf({
    yaml: `listen: { port: "\${P}" }\nlog: { hits: "\${HITS}" }\n${routeFile(`key: { fields: [ "\${FIELD}" ] }`)}`,
    env: { P: "9999", HITS: "off", FIELD: "X-Tenant" },
  });
  expect(config.listen.port).toBe(9999);
  expect(config.log.hits).toBe(false);
  expect(config.routes[0]?.key.fields).toEqual(["x-tenant"]);
});

test("a reference that leads nowhere is one fault, with its place, not a second one about the value", async () => {
  expect(await faultsIn({ yaml: `listen:\n  port: \${NOPE}\n${routeFile("name: a")}` })).toEqual([
    `warmfront.yaml:2:3: listen.port refers to the environment variable NOPE, which is not set: set it, or write \${NOPE:-fallback}`,
  ]);
});

test("a missing secret file is a fault with its place", async () => {
  expect(
    await faultsIn({ yaml: `control: { token: "file:/nope" }\n${routeFile("name: a")}` }),
  ).toEqual(["warmfront.yaml:1:12: control.token refers to a file that does not exist"]);
});
