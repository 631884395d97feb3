import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { builtSources } from "../helpers/build.ts";
import { ADMIN, type ReapTest, startReaper } from "../mappings/start-reaper.ts";

/** Compiled: it starts in half the time. */
const CLI = join(builtSources(), "cli.js");

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Ran>;
}

export interface CliTest extends AsyncDisposable {
  readonly world: ReapTest;
  /** What the environment says where everything is. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs `warmfront reap …` to its end. */
  run(args: readonly string[], env?: Record<string, string>): Promise<Ran>;
  start(args: readonly string[], env?: Record<string, string>): Running;
}

/** A pages Redis and a forge, and a command line that knows them by the variables of the original. */
export async function startCli(): Promise<CliTest> {
  const world = await startReaper();
  const { hostname, port } = new URL(world.pages.server.url);
  const env = {
    PATH: process.env.PATH ?? "",
    REDIS_HOST: hostname,
    REDIS_PORT: port,
    FORGEJO_HOST: `${world.forge.url}/`,
    FORGEJO_TOKEN: ADMIN,
    DATA_DIR: world.folder,
  };
  const running = new Set<ChildProcess>();
  const start = (args: readonly string[], more: Record<string, string> = {}): Running => {
    const child = spawn(process.execPath, [CLI, "reap", ...args], {
      cwd: world.folder,
      env: { ...env, ...more },
    });
    running.add(child);
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    const done = once(child, "close").then(([code]) => {
      running.delete(child);
      return { code: code as number | null, out, err };
    });
    return { child, done };
  };
  return {
    world,
    env,
    start,
    run: (args, more) => start(args, more).done,
    async [Symbol.asyncDispose]() {
      for (const child of running) child.kill("SIGKILL");
      await world[Symbol.asyncDispose]();
    },
  };
}
