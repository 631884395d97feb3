/** Runs jobs. Any number of these. */
import { runProcess } from "./process.ts";
import { startWorker } from "./start-worker.ts";
import { openTargets } from "./stores.ts";

await runProcess("worker", async (start) =>
  startWorker(start, await openTargets(start, { mayEmbed: false })),
);
