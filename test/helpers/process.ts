/** A process of ours as it is started in earnest: compiled, with its own environment and working folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { inspectServer } from "../../src/store/embedded/inspect.ts";
import { builtSources } from "./build.ts";
import { type Answered, type AskOptions, ask } from "./front.ts";

export interface LogLine {
  readonly level: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

interface ProcessOptions {
  readonly entry: "main" | "web" | "worker";
  /** Text of `warmfront.yaml`; absent: there is none. */
  readonly yaml?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Working folder, with `./data` in it; a fresh one when absent. */
  readonly folder?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
  readonly lines: readonly LogLine[];
}

export interface TestProcess extends AsyncDisposable {
  readonly pid: number;
  /** Of the data plane. */
  readonly port: number;
  readonly controlPort: number;
  /** Log lines so far. */
  readonly lines: readonly LogLine[];
  /** Resolves with the first line that fits, also when it has been written already. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  /** Asks the data plane. */
  ask(path: string, options?: AskOptions): Promise<Answered>;
  /** Asks the control plane. */
  control(path: string, options?: AskOptions): Promise<Answered>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Starts a process and waits until it serves. At the end it is killed, and must have had nothing to complain of. */
export async function startProcess(options: ProcessOptions): Promise<TestProcess> {
  const run = await spawnProcess(options);
  const started = options.entry === "worker" ? /^Worker started/ : /^Data plane: /;
  await Promise.race([
    run.logged(({ msg }) => started.test(msg ?? "")),
    run.ended.then(({ code, errors }) => {
      throw new Error(`It ended with ${code} instead of starting:\n${errors}`);
    }),
  ]);
  const portIn = (text: string) => {
    const line = run.lines.find(({ msg }) => msg?.startsWith(text));
    return Number(line?.msg?.split(":").at(-1));
  };
  const [port, controlPort] = [portIn("Data plane: "), portIn("Control plane: ")];
  return {
    pid: run.child.pid as number,
    port,
    controlPort,
    lines: run.lines,
    logged: run.logged,
    ended: run.ended,
    ask: (path, more) => ask(port, path, more),
    control: (path, more) => ask(controlPort, path, more),
    kill: (signal) => void run.child.kill(signal),
    async [Symbol.asyncDispose]() {
      await run[Symbol.asyncDispose]();
      const { errors, lines } = await run.ended;
      const complaints = lines.filter(({ level }) => level === "error" || level === "fatal");
      if (errors !== "" || complaints.length > 0)
        throw new Error(`The process complained:\n${errors}${JSON.stringify(complaints)}`);
    },
  };
}

/** Runs a process that cannot start, to its end. */
export async function runToEnd(options: ProcessOptions): Promise<Ended> {
  await using run = await spawnProcess(options);
  return await run.ended;
}

interface Spawned extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly lines: readonly LogLine[];
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  readonly ended: Promise<Ended>;
}

/** Ports are free ones unless the environment says otherwise. */
async function spawnProcess({ entry, yaml, env, folder }: ProcessOptions): Promise<Spawned> {
  const cwd = folder ?? (await mkdtemp(join(tmpdir(), "warmfront-process-")));
  if (yaml !== undefined) await writeFile(join(cwd, "warmfront.yaml"), yaml);
  const child = spawn(process.execPath, [join(builtSources(), `${entry}.js`)], {
    cwd,
    env: { PATH: process.env.PATH, LISTEN_PORT: "0", CONTROL_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const log = collectLines(child.stdout);
  const ended = once(child, "close").then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    errors,
    lines: log.lines,
  }));
  return {
    child,
    ...log,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
      // Servers of an embedded store notice the end of their owner a moment later.
      if (folder === undefined) await rm(cwd, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

/** The JSON lines of a stream; what is not JSON, as npm's own words are not, is passed over. */
export function collectLines(output: NodeJS.ReadableStream) {
  const lines: LogLine[] = [];
  const waiting = new Set<(line: LogLine) => void>();
  createInterface(output).on("line", (text) => {
    if (!text.startsWith("{")) return;
    const line = JSON.parse(text) as LogLine;
    lines.push(line);
    for (const offer of waiting) offer(line);
  });
  const logged = (fits: (line: LogLine) => boolean) =>
    new Promise<LogLine>((resolve) => {
      const known = lines.find(fits);
      if (known !== undefined) return resolve(known);
      const offer = (line: LogLine) => {
        if (!fits(line)) return;
        waiting.delete(offer);
        resolve(line);
      };
      waiting.add(offer);
    });
  return { lines, logged };
}

/** A configuration with one route for everything, fresh for a minute unless told otherwise. */
export function fronting(url: string, freshFor = "60s"): string {
  return `routes:
  - path: /*
    source: { url: "${url}" }
    freshness: { fresh_for: ${freshFor}, stale_while_revalidate: 1h, stale_if_error: 1d }
`;
}

/** Process ids of the embedded servers that run for a working folder: queue, then cache. */
export async function storeServers(folder: string): Promise<number[]> {
  const states = await Promise.all(
    ["queue", "cache"].map((role) => inspectServer(storeSocket(folder, role))),
  );
  return states.flatMap((state) => state?.pid ?? []);
}

export function storeSocket(folder: string, role: string): string {
  return join(folder, "data/store", role, "server.sock");
}
