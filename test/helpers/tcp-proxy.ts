import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { listenLocally } from "./ports.ts";

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** From now on nothing passes on the connections that stand; they stay open, as over a network that drops everything. New ones work. */
  hang(): void;
  /** Connections made so far. */
  readonly connections: number;
}

/** Forwards to a port of 127.0.0.1. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const open = new Set<Socket>();
  const standing = new Set<() => void>();
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const upstream = connect(target, "127.0.0.1");
    let hangs = false;
    standing.add(() => {
      hangs = true;
    });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.on("data", (chunk) => hangs || to.write(chunk));
      from.on("error", () => undefined);
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  const port = await listenLocally(server);
  return {
    port,
    get connections() {
      return connections;
    },
    hang() {
      for (const hang of standing) hang();
      standing.clear();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, "close");
    },
  };
}
