/** Ports of 127.0.0.1. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

/** Listens on a free port unless one is named, and resolves with it. */
export async function listenLocally(server: Server, port = 0): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** One that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenLocally(server);
  server.close();
  await once(server, "close");
  return port;
}
