import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A flat list `[name, value, …]` in order, or a record for the simple cases. */
export type Headers = readonly string[] | Readonly<Record<string, string>>;

/** What the origin answers: a text is the body of a 200. */
export type Answer =
  | string
  | {
      /** 200 when absent. */
      readonly status?: number;
      readonly statusText?: string;
      readonly headers?: Headers;
      readonly body?: string | Buffer;
      /** Waited before the head is sent. */
      readonly delayMs?: number;
      /** 1xx responses sent before the final one, in order. */
      readonly interim?: readonly { readonly status: number; readonly headers?: Headers }[];
    };

export interface RecordedRequest {
  readonly method: string;
  /** The target as it came. */
  readonly url: string;
  /** `[name, value, …]` as they came. */
  readonly rawHeaders: readonly string[];
  /** Names in lower case; repeated fields joined as Node does. */
  readonly headers: IncomingMessage["headers"];
  /** What has arrived of the body; all of it once the origin has answered. */
  readonly body: Buffer;
}

/** A real HTTP server on 127.0.0.1 that records what it is asked and answers what it is told. */
export interface Origin extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`; the same over `stop()` and `start()`. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** Answers in order, one per request; the last one is repeated. Replaces earlier answers and handlers. */
  answers(...answers: readonly [Answer, ...Answer[]]): void;
  /** Answers by a function instead. */
  on(handler: RequestListener): void;
  /** Resolves as soon as `count` requests have arrived since the origin was made. */
  received(count: number): Promise<void>;
  /** Closes the port and cuts every connection. Safe to call twice. */
  stop(): Promise<void>;
  /** Listens again on the same port. */
  start(): Promise<void>;
}

/** Starts an origin that answers 200 `ok` until it is told otherwise. */
export async function startOrigin(): Promise<Origin> {
  const requests: RecordedRequest[] = [];
  const arrivals = new Set<() => void>();
  let handler = answering(["ok"]);
  let connections = 0;
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    requests.push(record(request));
    for (const wake of arrivals) wake();
    handler(request, response);
  });
  server.on("connection", () => {
    connections += 1;
  });
  const listen = (port: number) => once(server.listen(port, "127.0.0.1"), "listening");
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get connections() {
      return connections;
    },
    answers: (...answers) => {
      handler = answering(answers);
    },
    on: (given) => {
      handler = given;
    },
    received: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (requests.length < count) return;
          arrivals.delete(check);
          resolve();
        };
        arrivals.add(check);
        check();
      }),
    stop,
    start: async () => void (await listen(port)),
    [Symbol.asyncDispose]: stop,
  };
}

function record(request: IncomingMessage): RecordedRequest {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  return {
    method: request.method as string,
    url: request.url as string,
    rawHeaders: request.rawHeaders,
    headers: request.headers,
    get body() {
      return Buffer.concat(chunks);
    },
  };
}

function answering(answers: readonly Answer[]): RequestListener {
  let next = 0;
  return (request, response) => {
    const answer = answers[Math.min(next, answers.length - 1)] as Answer;
    next += 1;
    request.on("end", () => void send(response, answer));
  };
}

async function send(response: ServerResponse, answer: Answer): Promise<void> {
  const { status = 200, ...rest } = typeof answer === "string" ? { body: answer } : answer;
  const body = Buffer.from(rest.body ?? "");
  for (const { status: interim, headers } of rest.interim ?? [])
    response.socket?.write(head(interim, headers), "latin1");
  if (rest.delayMs !== undefined) await sleep(rest.delayMs, undefined, { ref: false });
  if (response.destroyed) return;
  const fields = flatten(rest.headers);
  if (!isFramed(fields) && status !== 204 && status !== 304)
    fields.push("Content-Length", String(body.length));
  response.writeHead(status, rest.statusText ?? STATUS_CODES[status] ?? "", fields);
  response.end(body);
}

function flatten(headers: Headers = []): string[] {
  return Array.isArray(headers) ? [...headers] : Object.entries(headers).flat();
}

function isFramed(fields: readonly string[]): boolean {
  return fields.some(
    (name, i) => i % 2 === 0 && /^(content-length|transfer-encoding)$/i.test(name),
  );
}

/** A 1xx head; Node writes few of them itself. */
function head(status: number, headers: Headers | undefined): string {
  const fields = flatten(headers);
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
  return `${text}\r\n`;
}
