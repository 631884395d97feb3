#!/usr/bin/env node
/** Web and worker in one process, over a store of its own when none is configured. */
import { runProcess } from "./process.ts";
import { startWeb } from "./start-web.ts";
import { startWorker } from "./start-worker.ts";
import { openCache, openTargets, requireTargets } from "./stores.ts";

await runProcess("warmfront", async (start) => {
  const targets = await openTargets(start, { mayEmbed: true });
  await requireTargets(start, targets);
  const cache = await openCache(start, targets);
  await startWorker(start, targets, cache);
  await startWeb(start, targets, cache);
});
