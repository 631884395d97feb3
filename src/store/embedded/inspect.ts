import { Redis } from "ioredis";

/** What a server says of itself. */
export interface ServerState {
  readonly pid: number;
  /** It still reads its data and refuses other commands. */
  readonly loading: boolean;
}

/** Asks the server behind a socket who it is; `undefined` when none answers. */
export async function inspectServer(socket: string): Promise<ServerState | undefined> {
  const info = await ask(socket, (client) => client.info()).catch(() => "");
  const pid = /^process_id:(\d+)/m.exec(info)?.[1];
  return pid === undefined ? undefined : { pid: Number(pid), loading: /^loading:1/m.test(info) };
}

/** Asks it to write what it must keep and leave. A server that leaves gives no answer. */
export async function shutDownServer(socket: string): Promise<void> {
  await ask(socket, (client) => client.shutdown()).catch(() => undefined);
}

async function ask<T>(socket: string, act: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({
    path: socket,
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await act(client);
  } finally {
    client.disconnect();
  }
}
