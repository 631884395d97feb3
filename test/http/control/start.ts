import { once } from "node:events";
import { type IncomingHttpHeaders, type RequestOptions, request } from "node:http";
import { type ControlOptions, createControlApp } from "../../../src/http/control/app.ts";
import { listenControl } from "../../../src/http/control/listen.ts";
import { createRecorded } from "../../../src/http/control/recorded.ts";
import { createSchedulesPart } from "../../../src/http/control/schedules.ts";
import { openQueues } from "../../../src/queues/open.ts";
import { startJobs } from "../../helpers/jobs.ts";

interface Options extends Partial<Omit<ControlOptions, "queues" | "logger">> {
  /** A private Redis; absent: a database of the shared one. */
  readonly redis?: string;
  /** Whether that Redis runs. */
  readonly redisIsUp?: boolean;
  /** What the board is told of that Redis; absent: the truth. */
  readonly available?: () => Promise<boolean>;
}

/** A control plane on a free port of 127.0.0.1, with queues and workers beside it. */
export async function startControl({
  redis,
  redisIsUp = true,
  available,
  ...options
}: Options = {}) {
  const jobs = await startJobs(redis === undefined ? {} : { url: redis });
  const { logger } = jobs;
  const connection = jobs.impatient();
  if (redisIsUp) await once(connection, "ready");
  const queues = openQueues({ connection, logger });
  const app = createControlApp({
    readiness: () => ({ state: "ready", checks: { queue: "up" } }),
    parts: [createSchedulesPart(queues, createRecorded(connection, logger))],
    ...options,
    queues: { ...queues, ...(available !== undefined && { available }) },
    logger,
  });
  const listener = await listenControl({ app, host: "127.0.0.1", port: 0 });
  return {
    jobs,
    queues,
    url: listener.url,
    ask: (path: string, ask: Ask = {}) => send(listener.port, path, ask),
    async [Symbol.asyncDispose]() {
      await listener.close(AbortSignal.abort());
      await queues.close();
      await jobs[Symbol.asyncDispose]();
    },
  };
}

interface Ask {
  readonly method?: string;
  readonly headers?: RequestOptions["headers"];
  readonly body?: string;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends exactly these fields: `fetch` would not let a test set Host, Origin or Sec-Fetch-Site. */
export function send(port: number, path: string, ask: Ask = {}): Promise<Answer> {
  const { method = "GET", headers = {}, body } = ask;
  return new Promise((resolve, reject) => {
    const req = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (res) => {
      let text = "";
      res.setEncoding("utf8");
      res.on("data", (piece: string) => {
        text += piece;
      });
      res.on("error", reject);
      res.on("end", () => {
        resolve({ status: res.statusCode as number, headers: res.headers, body: text });
      });
    });
    req.on("error", reject);
    req.end(body);
  });
}
