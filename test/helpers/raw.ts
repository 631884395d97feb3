import { connect } from "node:net";

export interface RawOptions {
  /** When enough has come back; by default only the end of the connection is. */
  readonly until?: (received: string) => boolean;
}

/** What came back over a connection. */
export interface RawReply {
  /** Every octet as a character. */
  readonly text: string;
  /** The status of each final response, in order. */
  readonly statuses: readonly number[];
  /** Whether the server closed the connection. */
  readonly closed: boolean;
}

/** Sends these octets, one per character, on a connection of its own: for what no client would send. */
export function sendRaw(
  port: number,
  octets: string,
  { until = () => false }: RawOptions = {},
): Promise<RawReply> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(octets, "latin1"));
    let text = "";
    const settle = (closed: boolean) => {
      socket.destroy();
      resolve({ text, statuses: statusesOf(text), closed });
    };
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      text += chunk;
      if (until(text)) settle(false);
    });
    // A server that closes in the middle of what is sent resets the connection.
    socket.on("error", () => undefined);
    socket.on("close", () => settle(true));
  });
}

/** Enough: one whole final response with a Content-Length, or none yet. */
export function oneResponse(received: string): boolean {
  const headEnd = received.indexOf("\r\n\r\n");
  const length = /^content-length: (\d+)/im.exec(received.slice(0, headEnd))?.[1];
  return headEnd !== -1 && length !== undefined && received.length >= headEnd + 4 + Number(length);
}

function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map((match) => Number(match[1]));
}

/** A request head with these lines behind the request line; Host and `Connection: close` are given. */
export function head(requestLine: string, ...lines: readonly string[]): string {
  return [requestLine, "Host: front.example", ...lines, "Connection: close", "", ""].join("\r\n");
}
