#!/usr/bin/env node
/** Web and worker in one process, over a store of its own when none is configured. */
import { runProcess } from "./process.ts";
import { startWeb } from "./start-web.ts";
import { startWorker } from "./start-worker.ts";
import { openTargets } from "./stores.ts";

await runProcess("warmfront", async (start) => {
  const targets = await openTargets(start, { mayEmbed: true });
  await startWorker(start, targets);
  await startWeb(start, targets);
});
