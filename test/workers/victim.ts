/** A worker process to be killed: says when its job runs, and never ends it. */
import { createLogger } from "../../src/logger.ts";
import { connectForWorkers } from "../../src/redis/connect.ts";
import { createRefreshWorker } from "../../src/workers/refresh.ts";

const logger = createLogger({ level: "silent", pretty: false });
const target = { kind: "url", url: process.argv[2] as string } as const;
const connection = connectForWorkers(target, { role: "queue", logger });
createRefreshWorker({
  connection,
  concurrency: 1,
  logger,
  refresh: ({ key }) => {
    process.stdout.write(`running ${key}\n`);
    return new Promise(() => undefined);
  },
});
