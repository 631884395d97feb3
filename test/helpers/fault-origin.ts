import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import type { Behaviour } from "./faults.ts";

/** A raw TCP server on 127.0.0.1 that answers every request by a behaviour of `faults.ts`. */
export interface FaultOrigin extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`; the same over `stop()` and `start()`. */
  readonly url: string;
  /** Heads as they came, bodies included as far as a Content-Length announced them. */
  readonly requests: readonly string[];
  /** Connections accepted so far, and those that are open now. */
  readonly connections: number;
  readonly open: number;
  /** Bytes handed to the network so far. */
  readonly bytesSent: number;
  /** Changes what the next request meets. */
  behave(behaviour: Behaviour): void;
  /** Resolves as soon as no connection is open. */
  deserted(): Promise<void>;
  /** Refuses connections from now on and cuts the open ones. Safe to call twice. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function startFaultOrigin(behaviour: Behaviour): Promise<FaultOrigin> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let current = behaviour;
  let connections = 0;
  let sentBefore = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      sentBefore += socket.bytesWritten;
      server.emit("left");
    });
    eachRequest(socket, (request) => {
      requests.push(request);
      current(socket, request);
    });
  });
  const listen = (port: number) => once(server.listen(port, "127.0.0.1"), "listening");
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    get bytesSent() {
      return [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, sentBefore);
    },
    behave: (next) => {
      current = next;
    },
    deserted: async () => {
      while (sockets.size > 0) await once(server, "left");
    },
    stop,
    start: async () => void (await listen(port)),
    [Symbol.asyncDispose]: stop,
  };
}

/** Splits what a connection sends into requests; a body counts only with a Content-Length. */
function eachRequest(socket: Socket, found: (request: string) => void): void {
  let text = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => {
    text += chunk;
    for (;;) {
      const headEnd = text.indexOf("\r\n\r\n");
      if (headEnd === -1) return;
      const length = /^content-length: *(\d+)/im.exec(text.slice(0, headEnd))?.[1] ?? "0";
      const end = headEnd + 4 + Number(length);
      if (text.length < end) return;
      found(text.slice(0, end));
      text = text.slice(end);
    }
  });
}

/** A URL on which nothing listens: connections are refused. */
export async function refusingUrl(): Promise<string> {
  const origin = await startFaultOrigin(() => undefined);
  await origin.stop();
  return origin.url;
}

const NEVER_ACCEPTS = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** A port that lets connections hang: its server accepts none and its queue is full. */
export async function startUnconnectable(): Promise<AsyncDisposable & { readonly url: string }> {
  const worker = new Worker(NEVER_ACCEPTS, { eval: true });
  const [port] = (await once(worker, "message")) as [number];
  // A queue of one holds two connections.
  const waiting = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  for (const socket of waiting) socket.on("error", () => undefined);
  await Promise.all(waiting.map((socket) => once(socket, "connect")));
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of waiting) socket.destroy();
      await worker.terminate();
    },
  };
}
