/** Ports of 127.0.0.1. */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

/** Listens on a free port unless one is named, and resolves with it. */
export async function listenLocally(server: Server, port = 0): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** One that was free a moment ago, and is none of those that systems hand out by themselves: only a test that draws the same one takes it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    const port = await listenLocally(server, randomInt(10_100, 32_768)).catch(unlessTaken);
    if (port === undefined) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

function unlessTaken(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "EADDRINUSE") throw error;
}
