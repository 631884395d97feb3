import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type NetConnectOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inject } from "vitest";
import { freePort } from "./ports.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The Redis of this run (`noeviction`), without a database number. */
    redisUrl: string;
  }
}

export interface RedisOptions {
  /** More arguments of `redis-server`: `["--appendonly", "yes"]`. */
  readonly args?: readonly string[];
  /** `maxmemory-policy`; `noeviction` when absent. */
  readonly policy?: string;
}

/** A private server process in a folder of its own. */
export interface TestRedis extends AsyncDisposable {
  /** Path of the unix socket. */
  readonly socket: string;
  /** `redis://127.0.0.1:<port>`; port and socket stay the same over `restart()`. */
  readonly url: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Ends it and removes its folder. Safe to call twice. */
  stop(): Promise<void>;
  /** SIGKILL; the folder stays for `restart()`. */
  kill(): Promise<void>;
  /** Starts it again (ending it first if it runs) on the same folder, port and socket. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
}

/** Starts a private Redis (or Valkey) on a unix socket and a free port of 127.0.0.1. */
export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), "warmfront-redis-"));
  const socket = join(dir, "s");
  const port = await freePort();
  const args = [
    ...["--port", String(port), "--bind", "127.0.0.1", "--unixsocket", socket],
    ...["--dir", dir, "--save", "", "--appendonly", "no", "--databases", "1000"],
    ...["--maxmemory-policy", options.policy ?? "noeviction", ...(options.args ?? [])],
  ];
  let server = await launch(args, socket);
  const end = async (signal: NodeJS.Signals) => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill("SIGCONT");
    server.kill(signal);
    await once(server, "exit");
  };
  const stop = async () => {
    await end("SIGTERM");
    await rm(dir, { recursive: true, force: true });
  };
  return {
    socket,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return server.pid as number;
    },
    stop,
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGTERM");
      server = await launch(args, socket);
    },
    freeze: () => void server.kill("SIGSTOP"),
    thaw: () => void server.kill("SIGCONT"),
    [Symbol.asyncDispose]: stop,
  };
}

/** A database of the run's shared Redis that no other caller has: free to flush. Pub/sub and tracking still span databases. */
export async function sharedRedis(): Promise<{ readonly url: string }> {
  const url = inject("redisUrl");
  const { hostname: host, port } = new URL(url);
  const reply = await ask({ host, port: Number(port) }, "INCR warmfront:test:database");
  return { url: `${url}/${Number(reply.slice(1))}` };
}

async function launch(args: readonly string[], socket: string): Promise<ChildProcess> {
  const server = spawn(serverBinary(), args, { stdio: ["ignore", "pipe", "inherit"] });
  let log = "";
  server.stdout?.on("data", (chunk) => {
    log = (log + chunk).slice(-2_000);
  });
  watchOver(server);
  while ((await ask({ path: socket }, "PING").catch(() => "")) !== "+PONG") {
    if (server.exitCode !== null) throw new Error(`redis-server did not start:\n${log}`);
    await sleep(5);
  }
  return server;
}

/** Kills the server when this process is gone, however it ended. */
function watchOver(server: ChildProcess): void {
  const script = 'cat >/dev/null; kill -9 "$1"';
  const watcher = spawn("/bin/sh", ["-c", script, "watcher", String(server.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  server.once("exit", () => watcher.kill("SIGKILL"));
  watcher.unref();
}

let binary: string | undefined;
/** `redis-server` or `valkey-server`, whichever is on PATH. */
export function serverBinary(): string {
  binary ??= ["redis-server", "valkey-server"].find((name) => {
    try {
      execFileSync(name, ["--version"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
  if (binary === undefined) throw new Error("No redis-server or valkey-server on PATH.");
  return binary;
}

/** Sends one inline command and resolves with the first line of its reply. */
function ask(where: NetConnectOpts, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = connect(where, () => connection.write(`${command}\r\n`));
    let reply = "";
    connection.on("error", reject);
    connection.on("close", () => reject(new Error("The server closed the connection.")));
    connection.on("data", (chunk) => {
      reply += chunk;
      if (!reply.includes("\r\n")) return;
      resolve(reply.slice(0, reply.indexOf("\r\n")));
      connection.destroy();
    });
  });
}
