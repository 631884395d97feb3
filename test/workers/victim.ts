/** A worker process to be killed: says when its job runs, and never ends it. */
import { Redis } from "ioredis";
import { createLogger } from "../../src/logger.ts";
import { createRefreshWorker } from "../../src/workers/refresh.ts";

const connection = new Redis(process.argv[2] as string, { maxRetriesPerRequest: null });
createRefreshWorker({
  connection,
  concurrency: 1,
  logger: createLogger({ level: "silent", pretty: false }),
  refresh: ({ key }) => {
    process.stdout.write(`running ${key}\n`);
    return new Promise(() => undefined);
  },
});
