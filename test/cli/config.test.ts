import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { builtSources } from "../helpers/build.ts";
import { folderWith, routeFile } from "../helpers/configuration.ts";

const ROOT = new URL("../../", import.meta.url);
/** Compiled: it starts in half the time. */
const CLI = join(builtSources(), "cli.js");

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `warmfront` with arguments, in a folder with these files. */
async function warmfront(
  args: readonly string[],
  files: Record<string, string> = {},
  env: Record<string, string> = {},
): Promise<Run> {
  await using folder = await folderWith(files);
  const options = { cwd: folder.path, env: { PATH: process.env.PATH, ...env } };
  return await new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], options, (error, out, err) => {
      resolve({ code: Number(error?.code ?? 0), out, err });
    });
  });
}

test("a reader that has had enough, as head does, is no fault", async () => {
  const child = spawn(process.execPath, [CLI, "config", "schema"]);
  child.stdout.destroy();
  let errors = "";
  child.stderr.on("data", (piece) => {
    errors += piece;
  });
  const [code] = await once(child, "close");
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
});

test("config check says ok and what is configured", async () => {
  const run = await warmfront(["config", "check"], { "warmfront.yaml": routeFile("name: a") });
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(run.out).toMatch(/^ok: warmfront\.yaml\n {2}clients {4}0\.0\.0\.0:8888\n/);
});

test("config check tells all faults on standard error and exits with 78", async () => {
  const files = { "other.yaml": routeFile("presett: api\n    max_body: big") };
  expect(await warmfront(["config", "check", "--config", "other.yaml"], files)).toEqual({
    code: 78,
    out: "",
    err: [
      "The configuration has 2 faults:",
      "  other.yaml:4:5: routes[0].presett is unknown: did you mean `preset`?",
      "  other.yaml:5:5: routes[0].max_body must be a size such as 50MiB, 10kB or a number of bytes",
      "",
    ].join("\n"),
  });
});

test("config print prints the effective settings without secrets, and where they are from", async () => {
  const files = { "warmfront.yaml": routeFile("name: a") };
  const run = await warmfront(["config", "print", "--origins"], files, { CONTROL_TOKEN: "s3cret" });
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(run.out).toContain('  token: "[redacted]" # CONTROL_TOKEN\n');
  expect(parse(run.out).routes[0].name).toBe("a");
});

test("config schema prints JSON, and config docs the page", async () => {
  const schema = await warmfront(["config", "schema"]);
  expect(JSON.parse(schema.out).properties).toHaveProperty("routes");
  const docs = await warmfront(["config", "docs"]);
  expect(docs.out).toBe(await readFile(new URL("docs/configuration.md", ROOT), "utf8"));
});

test("a wrong command line exits with 64 and says how to get help", async () => {
  for (const args of [["confg"], ["config", "check", "--nope"], ["config", "check", "extra"]]) {
    const run = await warmfront(args);
    expect(run).toMatchObject({ code: 64, out: "" });
    expect(run.err).toContain("--help");
  }
});

test("--version is that of the package, --help goes to standard output", async () => {
  const { version } = JSON.parse(await readFile(new URL("package.json", ROOT), "utf8"));
  expect(await warmfront(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
  expect((await warmfront(["--help"])).out).toContain("config");
});
