/** Runs jobs. Any number of these; each waits for the queue's Redis. */
import { runProcess } from "./process.ts";
import { startWorker } from "./start-worker.ts";
import { openCache, openTargets } from "./stores.ts";

await runProcess("worker", async (start) => {
  const targets = await openTargets(start, { mayEmbed: false });
  await startWorker(start, targets, await openCache(start, targets));
});
