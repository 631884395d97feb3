import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Appends the call to the list of calls. */
export const LOG = `echo "\${0##*/} $*" >>"$CALLS"`;

/** The body of a program that prints its version whatever it is asked. */
export function prints(text: string): string {
  return `echo '${text}'`;
}

/** The body of a package manager: what it installs appears beside it. */
export function installer(): string {
  const program = `#!/bin/sh\\necho "Redis server v=7.2.0 sha=0:0"\\n`;
  return `${LOG}
case $* in
  *install*redis-server | *valkey) file=redis-server ;;
  *chromium) file=chromium ;;
  *) exit 0 ;;
esac
printf '${program}' >"\${0%/*}/$file"
chmod +x "\${0%/*}/$file"`;
}

const SYSTEM_TOOLS = [
  "sh",
  "dirname",
  "sed",
  "cksum",
  "find",
  "sort",
  "rm",
  "mkdir",
  "cp",
  "mktemp",
  "env",
  "cat",
  "chmod",
];

interface Run {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

/** A clone of the least that the scripts need, on a PATH that has only these tools (name and shell script). */
export async function createClone(tools: Record<string, string>, name = "clone") {
  const folder = await mkdtemp(join(tmpdir(), "warmfront-clone-"));
  const path = join(folder, name);
  const write = (file: string, text: string) => {
    mkdirSync(join(path, file, ".."), { recursive: true });
    writeFileSync(join(path, file), text);
  };
  const tool = (file: string, script: string) => {
    write(`bin/${file}`, `#!/bin/sh\n${script}\n`);
    chmodSync(join(path, "bin", file), 0o755);
  };
  for (const file of ["src/main.ts", "src/other.ts", "tsconfig.json", "tsconfig.build.json"]) {
    write(file, file);
  }
  write("package-lock.json", "{}");
  for (const script of ["script/bootstrap", "script/server", "script/test"]) {
    cpSync(new URL(`../../${script}`, import.meta.url), join(path, script));
  }
  const npm = `${LOG}\ncase $* in ci*) mkdir -p node_modules ;; *build) mkdir -p dist ;; esac`;
  const candidate = 'case $2 in redis-server) echo "  Candidate: 5:7.0.15-1" ;; esac';
  const basics = { node: prints("v20.20.2"), npm, id: "echo 0", "apt-cache": candidate };
  for (const [file, script] of Object.entries({ ...basics, ...tools })) tool(file, script);
  for (const each of SYSTEM_TOOLS) symlinkSync(which(each), join(path, "bin", each));
  const calls = join(folder, "calls");
  const run = (script: string, { args = [], env = {}, cwd = path }: Run = {}) =>
    spawnSync(join(path, "script", script), args, {
      cwd,
      encoding: "utf8",
      env: { PATH: join(path, "bin"), HOMEBREW_PREFIX: "/nonexistent", CALLS: calls, ...env },
    });
  return {
    path,
    write,
    tool,
    remove: (file: string) => rmSync(join(path, file)),
    /** What the programs that log were called with, in order. */
    calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : []),
    bootstrap: (options?: Run) => run("bootstrap", options),
    run,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function which(program: string): string {
  return spawnSync("/bin/sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).stdout.trim();
}
