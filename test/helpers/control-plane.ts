import { once } from "node:events";
import { createControlApp } from "../../src/http/control/app.ts";
import { listenControl } from "../../src/http/control/listen.ts";
import { createMetricsPart } from "../../src/http/control/metrics.ts";
import { createCacheParts } from "../../src/http/control/parts.ts";
import { openQueues } from "../../src/queues/open.ts";
import { connectForRequests } from "../../src/redis/connect.ts";
import { type AskOptions, ask, type TestFront } from "./front.ts";

interface ControlAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: what comes is for the test to say.
  readonly json: any;
  readonly text: string;
}

export interface ControlPlane extends AsyncDisposable {
  readonly url: string;
  get(path: string, options?: AskOptions): Promise<ControlAnswer>;
  /** Sends JSON. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<ControlAnswer>;
}

/** The control plane beside a front, on a free port of 127.0.0.1. */
export async function startControlPlane(
  front: TestFront,
  { token }: { readonly token?: string } = {},
): Promise<ControlPlane> {
  const { logger } = front.parts;
  const connection = connectForRequests(front.queueTarget, {
    role: "queue",
    budgetMs: 2_000,
    logger,
  });
  if (connection.status !== "ready") await once(connection, "ready");
  const queues = openQueues({ connection, logger });
  const app = createControlApp({
    token,
    queues,
    parts: [
      ...createCacheParts({ ...front.parts, queues }),
      createMetricsPart({
        ...front.parts,
        queues,
        storesUp: () => ({ queue: connection.status === "ready" }),
      }),
    ],
    readiness: () => ({ state: "ready", checks: {} }),
    logger,
  });
  const listener = await listenControl({ app, host: "127.0.0.1", port: 0 });
  const send = async (path: string, options: AskOptions): Promise<ControlAnswer> => {
    const { status, headers, text } = await ask(listener.port, path, options);
    const isJson = String(headers["content-type"]).includes("json");
    return { status, headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
  return {
    url: listener.url,
    get: (path, options = {}) => send(path, options),
    post: (path, body, headers = {}) =>
      send(path, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json", ...headers },
      }),
    async [Symbol.asyncDispose]() {
      await listener.close(AbortSignal.abort());
      await queues.close();
      connection.disconnect();
    },
  };
}
