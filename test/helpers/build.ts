import { execFileSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUILDS = join(ROOT, "node_modules/.cache/warmfront-tests");

/** What the sources read beside them, as they do in the package. */
const BESIDE = ["package.json", "warmfront.example.yaml"];

let built: string | undefined;

/** The folder with the compiled sources as they are now, made once for all test files of all runs. */
export function builtSources(): string {
  built ??= build();
  return built;
}

function build(): string {
  const folder = join(BUILDS, fingerprint());
  if (!existsSync(folder)) {
    const draft = `${folder}.${randomUUID()}`;
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    try {
      execFileSync(tsc, ["-p", "tsconfig.build.json", "--outDir", join(draft, "dist")], {
        cwd: ROOT,
        stdio: ["ignore", "inherit", "inherit"],
      });
      for (const file of BESIDE) copyFileSync(join(ROOT, file), join(draft, file));
      cpSync(join(ROOT, "public"), join(draft, "public"), { recursive: true });
      settle(draft, folder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  return join(folder, "dist");
}

/** Another test file may have been quicker. */
function settle(draft: string, folder: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** Changes when a file that goes into the build does. */
function fingerprint(): string {
  const hash = createHash("sha256");
  const folders = [...filesIn("src").filter((file) => file.endsWith(".ts")), ...filesIn("public")];
  for (const file of [...folders, "tsconfig.json", "tsconfig.build.json", ...BESIDE]) {
    hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((file) => join(folder, file))
    .filter((file) => statSync(join(ROOT, file)).isFile())
    .sort();
}
