/** `/jobs/{id}` on a real listener, over real report jobs. */
import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import express from "express";
import { createJobs, type JobsOptions } from "../../src/http/jobs.ts";
import { createAnswerAccepted } from "../../src/http/jobs-accepted.ts";
import { createRooms, type WatchLimits } from "../../src/http/jobs-rooms.ts";
import { createLimitedServer } from "../../src/http/limits.ts";
import { createJobWatcher } from "../../src/queues/watch.ts";
import { type AskOptions, ask } from "./front.ts";
import { listenLocally } from "./ports.ts";
import { ONE_AT_A_TIME, type ReportPayload, startReports } from "./reports.ts";

export interface JobPlaneOptions extends Partial<Pick<JobsOptions, "passOn" | "heartbeatMs">> {
  readonly url?: string;
  readonly limits?: WatchLimits;
  readonly waiting?: number;
  readonly longestWaitMs?: number;
}

export interface StreamedEvent {
  readonly event: string;
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: what comes is for the test to say.
  readonly data: any;
}

export async function startJobPlane(options: JobPlaneOptions = {}) {
  const { url, waiting, limits = { watchers: 100, watchersPerClient: 100 } } = options;
  const lanes = { ...ONE_AT_A_TIME, ...(waiting !== undefined && { waiting }) };
  const reports = await startReports({ ...(url !== undefined && { url }), limits: lanes });
  const { logger, queue } = reports;
  const connection = reports.impatient();
  await once(connection, "ready");
  const stopping = new AbortController();
  const watcher = createJobWatcher({
    connection,
    patient: reports.patient,
    logger,
    lookMs: 500,
    lore: {
      position: (_, id) => queue.position(id),
      resultUrl: (_, payload) => `/reports/${(payload as ReportPayload).login}`,
    },
  });
  const rooms = createRooms(limits);
  const plane = { watcher, rooms, stopping: stopping.signal };
  const answerAccepted = createAnswerAccepted({
    ...plane,
    ...(options.longestWaitMs !== undefined && { longestWaitMs: options.longestWaitMs }),
  });
  const app = express();
  app.use(
    createJobs({
      passOn: false,
      ...options,
      ...plane,
      queues: ["report"],
      cancel: (_, id) => queue.cancel(id),
    }),
  );
  app.post("/reports/:login", async (req, res) => {
    const since = typeof req.query.since === "string" ? req.query.since : "2020-01-01";
    const payload = { login: req.params.login, since, until: "2026-01-31", starIncrease: false };
    const enqueued = await reports.enqueue(payload);
    const resultUrl = `/reports/${payload.login}`;
    await answerAccepted(req, res, { queue: "report", ...enqueued, resultUrl });
  });
  app.use((_req, res) => void res.status(299).end("elsewhere"));
  const server = createLimitedServer(app);
  const port = await listenLocally(server);
  return {
    reports,
    watcher,
    port,
    url: `http://127.0.0.1:${port}`,
    stop: () => stopping.abort(),
    ask: (path: string, more: AskOptions = {}) => ask(port, path, more),
    async post(login: string, headers: Record<string, string> = {}, query = "") {
      return ask(port, `/reports/${login}${query}`, { method: "POST", headers });
    },
    /** Makes a job and tells how it is told of. */
    async make(
      login: string,
      query = "",
    ): Promise<{ id: string; cancelKey: string; path: string }> {
      const { text } = await ask(port, `/reports/${login}${query}`, { method: "POST" });
      const { id, cancelKey, status } = JSON.parse(text);
      return { id, cancelKey, path: status };
    },
    stream: (path: string, headers: Record<string, string> = {}) => stream(port, path, headers),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      server.closeAllConnections();
      server.close();
      await watcher.close();
      await reports[Symbol.asyncDispose]();
    },
  };
}

/** A client of events, which keeps all that comes. */
function stream(port: number, path: string, more: Record<string, string>) {
  let text = "";
  let status = 0;
  let fields: IncomingHttpHeaders = {};
  let ended = false;
  const sent = request({
    ...{ host: "127.0.0.1", port, path, agent: false },
    headers: { accept: "text/event-stream", ...more },
  });
  sent.on("error", () => undefined);
  const answered = new Promise<void>((resolve) => {
    sent.on("response", (response) => {
      status = response.statusCode as number;
      fields = response.headers;
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        text += piece;
      });
      response.on("error", () => undefined);
      response.on("close", () => {
        ended = true;
      });
      resolve();
    });
  });
  sent.end();
  return {
    answered,
    text: () => text,
    status: () => status,
    fields: () => fields,
    ended: () => ended,
    events: (): StreamedEvent[] =>
      text.split("\n\n").flatMap((block) => {
        const field = (name: string) =>
          new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] as string;
        if (!block.startsWith("event: ")) return [];
        return [{ event: field("event"), id: field("id"), data: JSON.parse(field("data")) }];
      }),
    close: () => sent.destroy(),
  };
}
