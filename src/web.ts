/** Answers clients and operators. Any number of these. */
import { runProcess } from "./process.ts";
import { startWeb } from "./start-web.ts";
import { openTargets } from "./stores.ts";

await runProcess("web", async (start) =>
  startWeb(start, await openTargets(start, { mayEmbed: false })),
);
