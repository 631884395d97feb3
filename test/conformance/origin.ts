import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Cases pause for 3 seconds, so an idle connection closes between two pauses and not while a cache writes into it. One
 * case sends a body that ends with its connection, so this must stay below the time that a client waits.
 */
const KEEP_ALIVE_MS = 3_500;

type Answer = (segments: string[], request: IncomingMessage, response: ServerResponse) => void;

/** The suite's handlers by the first segment of the path that they answer. */
export type Paths = Readonly<Record<string, Answer>>;

export interface Origin {
  readonly url: string;
  close(): Promise<void>;
}

/** Dispatches as the suite's own server does, less its web pages. */
export function suiteOrigin(paths: Paths): RequestListener {
  return (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const [, first = "", ...segments] = pathname.split("/");
    const answer = paths[first];
    if (answer) answer(segments, request, response);
    else response.writeHead(404).end();
  };
}

/** Listens on `port` of 127.0.0.1, or on a free one. */
export async function startOrigin(listener: RequestListener, port = 0): Promise<Origin> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
