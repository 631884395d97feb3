/** The servers of a benchmark, each a process of its own, on free ports of the loopback. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Running {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  return child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once("exit", () => resolve()));
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  await ended(child);
}

/** Waits until a port answers any HTTP request. */
async function untilAnswering(port: number, path: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null)
      throw new Error(`A server of the benchmark ended with ${child.exitCode}.`);
    try {
      await (await fetch(`http://127.0.0.1:${port}${path}`)).arrayBuffer();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`Nothing answers on port ${port}.`);
}

/** An origin that answers `/…/size/<bytes>/<name>` with that many bytes after `?delay=<ms>`, and counts its requests at `/count`. */
export async function startOrigin(): Promise<Running> {
  const port = await freePort();
  const child = fork(
    fileURLToPath(new URL("./origin-process.ts", import.meta.url)),
    [String(port)],
    {
      execArgv: ["--import", "tsx"],
    },
  );
  await untilAnswering(port, "/count", child);
  return { pid: child.pid as number, port, stop: () => stop(child) };
}

export interface WarmfrontOptions {
  readonly originPort: number;
  readonly memorySize?: string;
  readonly redisUrl?: string;
  readonly entry?: "main" | "web";
  /** Without a line for every hit. */
  readonly quiet?: boolean;
}

/** Warmfront as it is built. Its lines go nowhere, but are written. */
export async function startWarmfront(options: WarmfrontOptions): Promise<Running> {
  const dir = mkdtempSync(join(tmpdir(), "warmfront-bench-"));
  const port = await freePort();
  const config = join(dir, "warmfront.yaml");
  writeFileSync(config, configOf(options, port, await freePort(), dir));
  const main = fileURLToPath(new URL(`../../dist/${options.entry ?? "main"}.js`, import.meta.url));
  if (!existsSync(main)) throw new Error("Build first: npm run build");
  const child = spawn(process.execPath, [main, "--config", config], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  await untilAnswering(port, "/healthz", child);
  const stopAndClean = async () => {
    await stop(child);
    rmSync(dir, { recursive: true, force: true });
  };
  return { pid: child.pid as number, port, stop: stopAndClean };
}

function configOf(
  options: WarmfrontOptions,
  port: number,
  controlPort: number,
  dir: string,
): string {
  return [
    `listen: { host: 127.0.0.1, port: ${port} }`,
    `control: { port: ${controlPort} }`,
    `data_dir: ${dir}`,
    ...(options.quiet === true ? ["log: { hits: false }"] : []),
    ...(options.memorySize === undefined ? [] : [`memory: { max_size: ${options.memorySize} }`]),
    ...(options.redisUrl === undefined ? [] : [`redis: { url: "${options.redisUrl}" }`]),
    "routes:",
    "  - path: /index/v1/*",
    `    source: { url: "http://127.0.0.1:${options.originPort}" }`,
    "    freshness: { fresh_for: 1d }",
    "",
  ].join("\n");
}

/** A private Redis without persistence. */
export async function startRedis(): Promise<Running> {
  const port = await freePort();
  const child = spawn(
    "redis-server",
    ["--port", String(port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"],
    {
      stdio: "ignore",
    },
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  return { pid: child.pid as number, port, stop: () => stop(child) };
}

export interface PeerOptions {
  readonly script: string;
  readonly python: string;
  readonly originPort: number;
  readonly redisPort: number;
  /** Without a line for every request. */
  readonly quiet: boolean;
}

/** The proxy that Warmfront replaces. Its lines go nowhere, but are written. */
export async function startPeer(options: PeerOptions): Promise<Running> {
  const { script, python, originPort, redisPort, quiet } = options;
  const port = await freePort();
  const child = spawn(python, [script], {
    env: {
      PATH: process.env.PATH ?? "",
      REDIS_PORT: String(redisPort),
      BACKEND_HOST: "127.0.0.1",
      BACKEND_PORT: String(originPort),
      LISTEN_PORT: String(port),
      LOG_LEVEL: quiet ? "WARNING" : "INFO",
    },
    stdio: "ignore",
  });
  await untilAnswering(port, "/healthz", child);
  return { pid: child.pid as number, port, stop: () => stop(child) };
}
