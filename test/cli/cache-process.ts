import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtSources } from "../helpers/build.ts";
import { startControlPlane } from "../helpers/control-plane.ts";
import { type FrontOptions, startFront } from "../helpers/front.ts";

/** Compiled: it starts in half the time. */
const CLI = join(builtSources(), "cli.js");

/** For tests that start processes: on a busy machine each takes seconds. */
export const PATIENCE = { timeout: 90_000 };

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `warmfront …` with nothing but this environment. */
export function runCli(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const options = { cwd: tmpdir(), env: { PATH: process.env.PATH, ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], options, (error, out, err) => {
      resolve({ code: Number(error?.code ?? 0), out, err });
    });
  });
}

/** A front with a control plane, and a command line that is told where it is. */
export async function startCacheCli(options: FrontOptions & { readonly token?: string } = {}) {
  const { token, ...route } = options;
  const front = await startFront({ freshness: { freshForMs: 3_600_000 }, ...route });
  const control = await startControlPlane(front, token === undefined ? {} : { token });
  return {
    front,
    control,
    run: (args: readonly string[], env: Record<string, string> = {}) =>
      runCli([...args, "--control", control.url], env),
    async [Symbol.asyncDispose]() {
      await control[Symbol.asyncDispose]();
      await front[Symbol.asyncDispose]();
    },
  };
}
