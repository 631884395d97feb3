import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = new URL("../../", import.meta.url);
const PAGE = readFileSync(new URL("docs/values.md", ROOT), "utf8");

/** The page's code as one module in which every value that a comment shows is checked. */
function moduleOf(page: string): string {
  const code = [...page.matchAll(/^```ts\n(.*?)^```$/gms)]
    .map(([, block = ""]) => block)
    .join("\n");
  const checked = code.replace(
    /^(?!const |import )(.+); \/\/ (.+)$/gm,
    (_line, expression: string, value: string) => `check(${expression}, ${value});`,
  );
  const fromSources = (name: string) => fileURLToPath(new URL(`src/values/${name}.ts`, ROOT));
  return [
    'import { deepStrictEqual } from "node:assert";',
    "let checks = 0;",
    "const check = (actual: unknown, expected: unknown) => { checks++; deepStrictEqual(actual, expected); };",
    checked
      .replaceAll('"warmfront/cache"', JSON.stringify(fromSources("index")))
      .replaceAll('"warmfront/testing"', JSON.stringify(fromSources("testing"))),
    "await cache.close();",
    "process.stdout.write(String(checks));",
  ].join("\n");
}

test("every line of code in docs/values.md runs and gives what it shows", () => {
  const folder = mkdtempSync(join(tmpdir(), "warmfront-docs-"));
  try {
    const file = join(folder, "page.mts");
    writeFileSync(file, moduleOf(PAGE));
    const tsx = import.meta.resolve("tsx");
    const { PATH } = process.env;
    const said = execFileSync(process.execPath, ["--import", tsx, file], {
      env: { PATH },
      encoding: "utf8",
    });
    expect(Number(said)).toBe(PAGE.match(/^(?!const ).*; \/\/ /gm)?.length);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
