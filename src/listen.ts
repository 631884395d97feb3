/** Listening on an address, and why that cannot be. */
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { messageOf, SetupError } from "./errors.ts";

export interface ListenAddress {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Connections that may wait to be accepted; as many as the system has it when absent. */
  readonly backlog?: number;
}

/** The names of the settings that say where, for the person who starts it. */
export interface ListenSettings {
  readonly host: string;
  readonly port: string;
}

/** Resolves with where it listens. Rejects with a `SetupError` when the address cannot be had. */
export async function listen(
  server: Server,
  address: ListenAddress,
  settings: ListenSettings,
): Promise<{ readonly port: number; readonly url: string }> {
  server.listen(address.port, address.host, address.backlog);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new SetupError(`Cannot start: ${reason(error, address, settings)}`, { cause: error });
  }
  const { address: bound, family, port } = server.address() as AddressInfo;
  return { port, url: `http://${family === "IPv6" ? `[${bound}]` : bound}:${port}` };
}

function reason(error: unknown, { host, port }: ListenAddress, settings: ListenSettings): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return `port ${port} of ${host} is in use by another program. Stop it, or set ${settings.port} to another port.`;
    case "EACCES":
      return `port ${port} of ${host} needs rights that this user does not have. Set ${settings.port} to one above 1023.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `this machine has no address ${host}. Set ${settings.host} to one that it has.`;
    default:
      return `cannot listen on port ${port} of ${host} (${messageOf(error)}). Check ${settings.host} and ${settings.port}.`;
  }
}
