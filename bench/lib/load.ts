/** Keep-alive GET requests in a closed loop from a process of its own, so that the client's CPU time is not the server's. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface LoadOptions {
  readonly port: number;
  /** Request targets, asked in turn. */
  readonly targets: readonly string[];
  readonly connections: number;
  readonly requests: number;
  /** Raw field lines, each ending in CRLF. */
  readonly fields?: string;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly bytes: number;
  /** Answers with a status other than 200. */
  readonly failed: number;
  /** Latency percentiles in milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const PROCESS = fileURLToPath(new URL("./load-process.ts", import.meta.url));

export function load(options: LoadOptions): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const child = fork(PROCESS, { execArgv: ["--import", "tsx"] });
    let result: LoadResult | undefined;
    child.once("message", (message) => {
      result = message as LoadResult;
    });
    child.once("exit", (code) => {
      if (result === undefined) reject(new Error(`The load process ended with ${code}.`));
      else resolve(result);
    });
    child.send(options);
  });
}
