import { createHash } from "node:crypto";
import { lstatSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SetupError } from "../../errors.ts";
import { inDataFolder, makeFolder } from "./data-folder.ts";

/** One of the two servers: where it lives and how it is set. */
export interface StoreRole {
  readonly name: "queue" | "cache";
  /** The server's working folder. */
  readonly folder: string;
  readonly socket: string;
  readonly pidFile: string;
  readonly logFile: string;
  readonly configFile: string;
}

/** Jobs and durable data: nothing is evicted, and a crash loses at most a second of writes. */
export function queueRole(storeFolder: string): StoreRole {
  return makeRole("queue", storeFolder, {
    "maxmemory-policy": "noeviction",
    appendonly: "yes",
    appendfsync: "everysec",
  });
}

/** Stored responses: bounded in bytes, the least used leave first, nothing is written to disk. */
export function cacheRole(storeFolder: string, maxMemory: number): StoreRole {
  return makeRole("cache", storeFolder, {
    maxmemory: String(maxMemory),
    "maxmemory-policy": "allkeys-lfu",
    appendonly: "no",
  });
}

function makeRole(
  name: StoreRole["name"],
  storeFolder: string,
  settings: Record<string, string>,
): StoreRole {
  const folder = join(storeFolder, name);
  makeFolder(folder);
  const socket = socketPath(folder);
  const configFile = join(folder, "server.conf");
  const all = {
    port: "0",
    unixsocket: socket,
    unixsocketperm: "700",
    logfile: "server.log",
    save: "",
  };
  const lines = Object.entries({ ...all, ...settings }).map(
    ([setting, value]) => `${setting} ${quote(value)}\n`,
  );
  inDataFolder(folder, () => writeFileSync(configFile, lines.join(""), { mode: 0o600 }));
  return {
    ...{ name, folder, socket, configFile },
    pidFile: join(folder, "server.pid"),
    logFile: join(folder, "server.log"),
  };
}

/** As the server's configuration file wants it; on the command line Valkey 8 stumbles over quotes in a path. */
function quote(value: string): string {
  return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

/** Longest path of a unix socket that every system takes, in bytes. */
const LONGEST_SOCKET = 100;

/** Where the server of a role's folder listens: in it, or in a temporary folder of the same user when that path is too long. */
export function storeSocket(folder: string): string {
  const socket = join(folder, "server.sock");
  if (Buffer.byteLength(socket) <= LONGEST_SOCKET) return socket;
  const digest = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  return join(tmpdir(), `warmfront-${digest}`, "s");
}

/** The same, its folder made and found to be safe. */
function socketPath(folder: string): string {
  const socket = storeSocket(folder);
  const elsewhere = dirname(socket);
  if (elsewhere === folder) return socket;
  makeFolder(elsewhere);
  const { uid, mode } = lstatSync(elsewhere);
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0) {
    throw new SetupError(
      `Cannot start: ${elsewhere} is open to other users. Delete it, or set DATA_DIR to a folder with a shorter path.`,
    );
  }
  return socket;
}
