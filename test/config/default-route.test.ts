import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { folderWith } from "../helpers/configuration.ts";

const { PATH = "", HOME = "" } = process.env;

/** The default route as a process in `cwd` would find it, with the real npm or what `env.PATH` has for it. */
async function routeIn(cwd: string, env: Record<string, string>) {
  const { routes } = await loadConfig({ env, cwd });
  return routes[0];
}

async function folderWithNpm(script: string) {
  const folder = await folderWith({});
  await writeFile(join(folder.path, "npm"), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder.path, "npm"), 0o755);
  return folder;
}

test("without file and variables the route leads to the registry that npm is set to", async () => {
  await using folder = await folderWith({
    "package.json": "{}",
    ".npmrc": "registry=http://127.0.0.1:4873/mirror/\n",
  });
  expect(await routeIn(folder.path, { PATH, HOME })).toMatchObject({
    id: "npm",
    path: "/npm/*",
    source: { origin: "http://127.0.0.1:4873", basePath: "/mirror", stripPrefix: "/npm" },
    preset: "api",
    freshness: {
      mode: "fixed",
      freshForMs: 30_000,
      staleWhileRevalidateMs: 3_600_000,
      staleIfErrorMs: 86_400_000,
    },
  });
});

test("npm is not asked when the environment names the registry, as in npm scripts", async () => {
  await using folder = await folderWith({});
  const env = { npm_config_registry: "https://registry.example/", PATH: folder.path };
  expect(await routeIn(folder.path, env)).toMatchObject({
    source: { origin: "https://registry.example", basePath: "" },
  });
});

test("npm's registry may be asked wherever its name leads to, and what the file allows still may", async () => {
  await using folder = await folderWith({
    "warmfront.yaml": "egress: { allow: [10.0.0.0/8] }\n",
  });
  const { egress } = await loadConfig({
    env: { npm_config_registry: "https://registry.example/mirror/" },
    cwd: folder.path,
  });
  expect(egress.allow).toEqual(["10.0.0.0/8", "registry.example"]);
});

test("npm's registry at an address needs no leave, and with routes of one's own it gets none", async () => {
  await using folder = await folderWith({});
  const allowed = async (env: Record<string, string>) =>
    (await loadConfig({ env, cwd: folder.path })).egress.allow;
  expect(await allowed({ npm_config_registry: "http://[::1]:4873/" })).toEqual([]);
  const BACKEND_URL = "https://api.example";
  expect(await allowed({ npm_config_registry: "https://registry.example/", BACKEND_URL })).toEqual(
    [],
  );
});

test("npm is not asked when routes are configured", async () => {
  await using folder = await folderWith({});
  const env = { BACKEND_HOST: "api", PATH: folder.path };
  expect(await routeIn(folder.path, env)).toMatchObject({ path: "/index/v1/*" });
});

const HOW_TO =
  "write routes into warmfront.yaml (warmfront.example.yaml shows how), or set BACKEND_URL to the API to front";

test("a machine without npm is told what to do", async () => {
  await using folder = await folderWith({});
  await expect(routeIn(folder.path, { PATH: folder.path })).rejects.toThrow(
    `The configuration has a fault:\n  npm's registry: cannot be asked for (npm is not on PATH), and no route is configured: ${HOW_TO}`,
  );
});

test("an npm that fails is told of, without its words", async () => {
  await using folder = await folderWithNpm('echo "token=s3cret" >&2; exit 1');
  const failure = routeIn(folder.path, { PATH: `${folder.path}:${PATH}` });
  await expect(failure).rejects.toThrow("(npm failed)");
  await expect(failure).rejects.not.toThrow("s3cret");
});

test("an npm that hangs is given up after five seconds", async () => {
  await using folder = await folderWithNpm("exec sleep 60");
  await expect(routeIn(folder.path, { PATH: `${folder.path}:${PATH}` })).rejects.toThrow(
    "(npm did not answer within 5 seconds)",
  );
});

test.each([
  ["undefined", "must be a URL such as http://127.0.0.1:9000"],
  ["https://user:s3cret@registry.example/", "must hold no user or password"],
])("a registry of %s stops the start", async (npm_config_registry, fault) => {
  await using folder = await folderWith({});
  const failure = routeIn(folder.path, { npm_config_registry });
  await expect(failure).rejects.toThrow(`npm's registry: ${fault}`);
  await expect(failure).rejects.not.toThrow("s3cret");
});
