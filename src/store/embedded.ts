import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { SetupError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { displayPath, makeFolder } from "./embedded/data-folder.ts";
import { findServer, type StoreServer } from "./embedded/find-server.ts";
import { keepRunning } from "./embedded/keep-running.ts";
import { lastWords, launchServer } from "./embedded/launch.ts";
import { noServer } from "./embedded/no-server.ts";
import { type Ownership, takeOwnership } from "./embedded/owner.ts";
import { cacheRole, queueRole, type StoreRole } from "./embedded/role.ts";

interface EmbeddedStoreOptions {
  /** DATA_DIR: everything lies in `store` below it. */
  readonly dataDir: string;
  /** Bound of the cache server's memory, in bytes. */
  readonly cacheMaxMemory: number;
  readonly log: Logger;
  /** Called once when a server has stopped too often to be started again. */
  readonly onFailure: (error: Error) => void;
  /** Folders to look for a server program in, in the form of PATH, which is the default. */
  readonly searchPath?: string;
}

interface SocketTarget {
  readonly kind: "socket";
  readonly path: string;
}

export interface EmbeddedStore {
  readonly queue: SocketTarget;
  readonly cache: SocketTarget;
  /** For the start message: `Valkey 9.1.0 from PATH, data in ./data/store`. */
  readonly description: string;
  /** Lets both servers write what they must keep and leave. */
  stop(): Promise<void>;
}

/**
 * Runs a Redis for the queue and one for the cache as children of this process, on unix sockets. They end with
 * this process however it ends, and are started again when they stop unasked; their sockets stay the same.
 * Throws a `SetupError` when there is no server program, or the folder cannot be used or is in use.
 */
export async function startEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  // biome-ignore lint/style/noProcessEnv: PATH is the system's, not a setting of ours.
  const { dataDir, cacheMaxMemory, searchPath = process.env.PATH ?? "" } = options;
  const program = await requireServer(searchPath);
  const folder = join(resolve(dataDir), "store");
  makeFolder(folder);
  const owner = takeOwnership(folder);
  const started: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()));
    owner.release();
  };
  try {
    const queue = queueRole(folder);
    const cache = cacheRole(folder, cacheMaxMemory);
    for (const role of [queue, cache]) {
      started.push(await runRole(role, { ...options, program, owner }));
    }
    return {
      queue: { kind: "socket", path: queue.socket },
      cache: { kind: "socket", path: cache.socket },
      description: `${program.product} ${program.version} from PATH, data in ${displayPath(folder)}`,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function requireServer(searchPath: string): Promise<StoreServer> {
  const search = await findServer(searchPath);
  if (search.found !== undefined) return search.found;
  throw noServer(search, process.platform, readOsRelease());
}

function readOsRelease(): string {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}

interface RunRole {
  readonly log: Logger;
  readonly onFailure: (error: Error) => void;
  readonly program: StoreServer;
  readonly owner: Ownership;
}

function runRole(role: StoreRole, { log, onFailure, program, owner }: RunRole) {
  const start = async (signal: AbortSignal) => {
    mustOwn(owner, role);
    const { binary } = program;
    const server = await launchServer({ binary, role, log, signal });
    if (!owner.holds()) await server.stop();
    mustOwn(owner, role);
    return server;
  };
  return keepRunning({ name: role.name, log, start, lastWords: () => lastWords(role), onFailure });
}

/** Backstop for starts in the same instant: the one whose owner file stands goes on. */
function mustOwn(owner: Ownership, { folder }: StoreRole): void {
  if (owner.holds()) return;
  throw new SetupError(
    `Cannot start: ${displayPath(folder)} was taken over by another copy or removed. Stop that copy, or set DATA_DIR to another folder.`,
  );
}
