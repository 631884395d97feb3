import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { isLoopback } from "../../config/addresses.ts";
import { SetupError } from "../../errors.ts";
import { type ListenAddress, listen } from "../../listen.ts";
import type { Tokens } from "./auth.ts";

/** Without any token only this machine may be listened on. */
export interface ListenOptions extends Tokens, Pick<ListenAddress, "host" | "port"> {
  readonly app: RequestListener;
}

export interface ControlListener {
  readonly port: number;
  readonly url: string;
  /** Takes no more requests and lets those that run finish; `cutOff` ends them. */
  close(cutOff?: AbortSignal): Promise<void>;
}

const SETTINGS = { host: "CONTROL_HOST (control.host)", port: "CONTROL_PORT (control.port)" };

/** Listens for operators. Throws `SetupError` when that would be open to others without a token, or the port cannot be had. */
export async function listenControl(options: ListenOptions): Promise<ControlListener> {
  const { app, host, token, operators = [] } = options;
  if (token === undefined && operators.length === 0 && !isLoopback(host)) {
    throw new SetupError(
      `Cannot start: the control plane would be open to others on ${host}. Set CONTROL_TOKEN, or CONTROL_HOST to 127.0.0.1.`,
    );
  }
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 }, app);
  const { port, url } = await listen(server, options, SETTINGS);
  return { port, url, close: (cutOff) => close(server, cutOff) };
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
