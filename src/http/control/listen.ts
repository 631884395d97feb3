import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isLoopback } from "../../config/addresses.ts";
import { messageOf, SetupError } from "../../errors.ts";
import type { Tokens } from "./auth.ts";

/** Without any token only this machine may be listened on. */
export interface ListenOptions extends Tokens {
  readonly app: RequestListener;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface ControlListener {
  readonly port: number;
  readonly url: string;
  /** Takes no more requests and lets those that run finish; `cutOff` ends them. */
  close(cutOff?: AbortSignal): Promise<void>;
}

/** Listens for operators. Throws `SetupError` when that would be open to others without a token, or the port cannot be had. */
export async function listenControl(options: ListenOptions): Promise<ControlListener> {
  const { app, host, port, token, operators = [] } = options;
  if (token === undefined && operators.length === 0 && !isLoopback(host)) {
    throw new SetupError(
      `Cannot start: the control plane would be open to others on ${host}. Set CONTROL_TOKEN, or CONTROL_HOST to 127.0.0.1.`,
    );
  }
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 }, app);
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new SetupError(`Cannot start: ${reason(error, host, port)}`, { cause: error });
  }
  const bound = server.address() as AddressInfo;
  const name = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return {
    port: bound.port,
    url: `http://${name}:${bound.port}`,
    close: (cutOff) => close(server, cutOff),
  };
}

function reason(error: unknown, host: string, port: number): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return `port ${port} of ${host} is in use. Set CONTROL_PORT to a free one.`;
    case "EACCES":
      return `port ${port} of ${host} needs rights that this user does not have. Set CONTROL_PORT to one above 1023.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `this machine has no address ${host}. Set CONTROL_HOST to one that it has.`;
    default:
      return `the control plane cannot listen: ${messageOf(error)}`;
  }
}

async function close(server: Server, cutOff: AbortSignal | undefined): Promise<void> {
  const closed = once(server, "close");
  server.close();
  const cut = () => server.closeAllConnections();
  if (cutOff?.aborted) cut();
  cutOff?.addEventListener("abort", cut, { once: true });
  await closed;
  cutOff?.removeEventListener("abort", cut);
}
