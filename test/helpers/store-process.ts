/**
 * A process that owns an embedded store: `store-process.ts <dataDir> hold|load`. Prints `loaded`, starts when it
 * gets a line, prints `ready`, and with `load` pushes numbers to the list `pushed`, printing how many were
 * acknowledged. Ends at SIGTERM.
 */
import { once } from "node:events";
import { SetupError } from "../../src/errors.ts";
import { createLogger } from "../../src/logger.ts";
import { startEmbeddedStore } from "../../src/store/embedded.ts";
import { connectTo } from "./embedded.ts";

const [dataDir = "", mode] = process.argv.slice(2);
process.stdout.write("loaded\n");
await once(process.stdin, "data");
try {
  const store = await startEmbeddedStore({
    dataDir,
    cacheMaxMemory: 16 * 1024 * 1024,
    log: createLogger({ level: "silent", pretty: false }),
    onFailure: () => process.exit(1),
  });
  process.once("SIGTERM", () => store.stop().then(() => process.exit(0)));
  process.stdout.write("ready\n");
  if (mode === "load") await push(store.queue.path);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(error.exitCode);
}

async function push(path: string): Promise<void> {
  const client = connectTo(path);
  for (let sent = 0; ; ) {
    const batch = Array.from({ length: 100 }, () => client.rpush("pushed", sent++));
    await Promise.all(batch);
    process.stdout.write(`${sent}\n`);
  }
}
