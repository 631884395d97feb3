/** Answers clients and operators. Any number of these; each starts and serves also while its stores are away. */
import { runProcess } from "./process.ts";
import { startWeb } from "./start-web.ts";
import { openCache, openTargets } from "./stores.ts";

await runProcess("web", async (start) => {
  const targets = await openTargets(start, { mayEmbed: false });
  await startWeb(start, targets, await openCache(start, targets));
});
