import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface ScriptProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Resolves with the next line of its standard output; `undefined` at the end. */
  line(): Promise<string | undefined>;
  /** Its standard output so far. */
  output(): string;
  /** Its standard error so far. */
  errors(): string;
  /** Resolves with the exit code when its streams have ended; `null` after a signal. */
  readonly exited: Promise<number | null>;
}

/** Runs a TypeScript file in a process of its own, which is killed at the end if it still runs. */
export function spawnScript(script: URL, args: readonly string[]): ScriptProcess {
  const child = spawn(process.execPath, ["--import", "tsx", fileURLToPath(script), ...args]);
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const exited = once(child, "close").then(([code]) => code as number | null);
  return {
    child,
    line: async () => (await lines.next()).value,
    output: () => output,
    errors: () => errors,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
