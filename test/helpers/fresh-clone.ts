import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { collectLines, type LogLine } from "./process.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Run {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A program that runs in the background until it is stopped, and logs like our processes. */
export interface Background extends AsyncDisposable {
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  /** SIGTERM to it and everything it started. Resolves when all have ended. */
  stop(): Promise<void>;
}

export interface FreshClone extends AsyncDisposable {
  readonly path: string;
  /** Runs a line of shell to its end. */
  sh(line: string, env?: Readonly<Record<string, string>>): Promise<Run>;
  background(line: string, env?: Readonly<Record<string, string>>): Background;
}

/** What a clone of this tree as it stands has: no packages, no build, no data. */
export async function freshClone(): Promise<FreshClone> {
  const folder = await mkdtemp(join(tmpdir(), "warmfront-fresh-"));
  const path = join(folder, "warmfront");
  for (const file of trackedFiles()) cpSync(join(ROOT, file), join(path, file));
  const start = (line: string, env: Readonly<Record<string, string>>) =>
    spawn("/bin/sh", ["-c", line], {
      cwd: path,
      env: { ...systemEnvironment(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  return {
    path,
    async sh(line, env = {}) {
      const child = start(line, env);
      let [output, errors] = ["", ""];
      child.stdout.on("data", (chunk) => {
        output += chunk;
      });
      child.stderr.on("data", (chunk) => {
        errors += chunk;
      });
      const [code] = await once(child, "close");
      return { code, output, errors };
    },
    background(line, env = {}) {
      const child = start(line, env);
      child.stderr.resume();
      const closed = once(child, "close");
      const stop = async () => {
        if (child.exitCode === null && child.signalCode === null)
          process.kill(-(child.pid as number), "SIGTERM");
        await closed;
      };
      return { logged: collectLines(child.stdout).logged, stop, [Symbol.asyncDispose]: stop };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 20 }),
  };
}

/** Everything but what git ignores. */
function trackedFiles(): string[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const list = execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).split("\0");
  return list.filter((file) => file !== "" && existsSync(join(ROOT, file)));
}

/** What a program may know of this machine; packages come from npm's own cache where they are in it. */
function systemEnvironment(): Record<string, string | undefined> {
  const known = /^(PATH|HOME|LANG|LC_\w+|TMPDIR|(https?|no)_proxy|npm_config_(registry|cache))$/i;
  const kept = Object.entries(process.env).filter(([name]) => known.test(name));
  return { ...Object.fromEntries(kept), npm_config_prefer_offline: "true" };
}
