import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { builtSources } from "./helpers/build.ts";
import { startRedis } from "./helpers/redis.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const MANIFEST = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

let folder: string;
let files: readonly string[];

/** Packs what is built from the sources as they are, and unpacks it beside the packages that it needs. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "warmfront-package-"));
  const tree = join(folder, "tree");
  cpSync(builtSources(), join(tree, "dist"), { recursive: true });
  for (const name of ["package.json", "README.md", "LICENSE", ...MANIFEST.files])
    if (name !== "dist") cpSync(join(ROOT, name), join(tree, name), { recursive: true });
  const run = { cwd: tree, encoding: "utf8" } as const;
  const [packed] = JSON.parse(execFileSync("npm", ["pack", "--ignore-scripts", "--json"], run));
  files = packed.files.map(({ path }: { path: string }) => path);
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "warmfront"), { recursive: true });
  const tarball = join(tree, packed.filename);
  execFileSync("tar", ["-xzf", tarball, "-C", join(modules, "warmfront"), "--strip-components=1"]);
  for (const name of readdirSync(join(ROOT, "node_modules")))
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the package holds what is built, its types, its licence and its documentation, and nothing else", () => {
  for (const path of ["dist/values/index.js", "dist/values/index.d.ts", "dist/values/testing.js"])
    expect(files).toContain(path);
  for (const path of ["LICENSE", "README.md", "docs/values.md", "public/site.js"])
    expect(files).toContain(path);
  const strangers = files.filter(
    (path) => !/^(dist|docs|public)\/|^[A-Z][A-Za-z]+(\.md)?$/.test(path),
  );
  expect(strangers.sort()).toEqual(["package.json", "warmfront.example.yaml"]);
  expect(files.filter((path) => /(^|\/)((src|test|node_modules)\/|\.env)/.test(path))).toEqual([]);
});

test("every entry of the package is there, and everything that it imports is a dependency", async () => {
  const { exports } = MANIFEST;
  for (const entry of Object.values<Record<string, string> | string>(exports))
    for (const path of typeof entry === "string" ? [entry] : Object.values(entry))
      expect(["package.json", ...files]).toContain(path.replace("./", ""));
  const declared = Object.keys(MANIFEST.dependencies);
  const imported = new Set<string>();
  for (const path of files.filter((each) => /^dist\/values\/.*\.(js|d\.ts)$/.test(each))) {
    const text = readFileSync(join(folder, "node_modules/warmfront", path), "utf8");
    for (const [, name = ""] of text.matchAll(/from "((?:@[\w-]+\/)?[\w-]+)[^"]*"/g))
      imported.add(name);
  }
  expect([...imported].filter((name) => !declared.includes(name) && name !== "node")).toEqual([]);
});

test("the example application compiles against the package, and does what it shows, over memory and over Redis", async () => {
  const app = join(folder, "shop");
  cpSync(join(ROOT, "examples/shop"), app, { recursive: true });
  execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", app], {
    stdio: "inherit",
  });
  await using redis = await startRedis();
  const run = (env: Record<string, string>) =>
    execFileSync(process.execPath, [join(app, "dist/main.js")], {
      env: { PATH: process.env.PATH, ...env },
      encoding: "utf8",
      timeout: 30_000,
    }).split("\n");
  for (const env of [{}, { REDIS_URL: redis.url }]) {
    expect(run(env)).toEqual([
      "made product:%1: stored",
      "100 readers, 1 query",
      "Kettle costs 2900 since 1970-01-01T00:00:00.000Z",
      "made product:%1: stored",
      "now it is the Whistling kettle",
      "made product:%3: stored",
      "product 3: null",
      "made Prices.of:acme:tea: stored",
      "made Prices.of:zenith:tea: stored",
      "prices 403, 603, 403, asked 2 times",
      "made Prices.of:acme:tea: stored",
      "after reload asked 3 times",
      expect.stringMatching(/^hits \d+, misses \d+, loads 6$/),
      "",
    ]);
  }
  expect(run({ REDIS_URL: redis.url })[0]).toBe("100 readers, 0 query");
});
