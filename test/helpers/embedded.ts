import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { createLogger } from "../../src/logger.ts";
import { type EmbeddedStore, startEmbeddedStore } from "../../src/store/embedded.ts";
import { type ScriptProcess, spawnScript } from "./spawn-script.ts";

/** A folder of its own that is removed at the end. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "warmfront-data-"));
  return {
    path,
    // A server whose owner was killed may still be writing.
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 20 }),
  };
}

export interface TestStore extends EmbeddedStore, AsyncDisposable {
  /** Log messages so far. */
  readonly messages: string[];
  /** Resolves when the store has given up. */
  readonly failure: Promise<Error>;
}

/** An embedded store in this process that is stopped at the end. */
export async function startStore(
  dataDir: string,
  options: { readonly searchPath?: string } = {},
): Promise<TestStore> {
  const messages: string[] = [];
  const log = createLogger({
    level: "info",
    pretty: false,
    destination: { write: (line: string) => void messages.push(JSON.parse(line).msg) },
  });
  let fail: (error: Error) => void = () => undefined;
  const failure = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const store = await startEmbeddedStore({
    dataDir,
    cacheMaxMemory: 16 * 1024 * 1024,
    log,
    onFailure: fail,
    ...options,
  });
  return { ...store, messages, failure, [Symbol.asyncDispose]: store.stop };
}

/** A client that is disconnected at the end, and gives up a command after five seconds. */
export function connectTo(path: string): Redis & Disposable {
  const client = new Redis({ path, maxRetriesPerRequest: null, commandTimeout: 5_000 });
  client.on("error", () => undefined);
  return Object.assign(client, { [Symbol.dispose]: () => client.disconnect() });
}

/** Runs `store-process.ts`, which owns an embedded store, in a process of its own. */
export function spawnStoreProcess(dataDir: string, mode: "hold" | "load"): ScriptProcess {
  return spawnScript(new URL("./store-process.ts", import.meta.url), [dataDir, mode]);
}
