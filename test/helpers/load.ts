import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface LoadAnswer {
  readonly path: string;
  /** Absent when there was no answer. */
  readonly status?: number;
  readonly body: string;
  readonly cacheStatus: string;
  /** Why there was no answer: `ECONNREFUSED`, `hung`. */
  readonly failure?: string;
}

export interface Load extends AsyncDisposable {
  /** All that has been answered so far, in that order. */
  readonly answers: readonly LoadAnswer[];
  /** Resolves when `count` more requests have ended. */
  more(count: number): Promise<void>;
  /** Lets the requests under way end. Resolves with all answers. */
  stop(): Promise<readonly LoadAnswer[]>;
}

interface LoadOptions {
  readonly port: number;
  /** The target of the n-th request. */
  readonly path: (n: number) => string;
  readonly clients?: number;
}

/** Longest that an answer may take: what takes longer hangs. */
const HUNG_MS = 8_000;

/** Clients that each ask one thing after the other on a connection that is kept, until they are stopped or refused. */
export function startLoad({ port, path, clients = 8 }: LoadOptions): Load {
  const answers: LoadAnswer[] = [];
  let asked = 0;
  let stopped = false;
  const client = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!stopped) {
      const answer = await askOnce(port, path(asked++), agent);
      answers.push(answer);
      if (answer.failure === "ECONNREFUSED") break;
    }
    agent.destroy();
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  const stop = async () => {
    stopped = true;
    await running;
    return answers;
  };
  return {
    answers,
    async more(count) {
      const until = answers.length + count;
      while (answers.length < until) await sleep(5);
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

/** Requests that got no good answer. Being refused is fair once a process has stopped listening. */
export function failuresOf(answers: readonly LoadAnswer[]): readonly LoadAnswer[] {
  return answers.filter(({ status, failure }) => status !== 200 && failure !== "ECONNREFUSED");
}

function askOnce(port: number, path: string, agent: Agent): Promise<LoadAnswer> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) =>
      resolve({ path, body: "", cacheStatus: "", failure: error.code ?? error.message });
    const sent = request({ host: "127.0.0.1", port, path, agent }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("error", fail);
      response.on("end", () => {
        const cacheStatus = String(response.headers["cache-status"]);
        resolve({ path, status: response.statusCode as number, body, cacheStatus });
      });
    });
    sent.setTimeout(HUNG_MS, () => sent.destroy(new Error("hung")));
    sent.on("error", fail);
    sent.end();
  });
}
