/** A reaper from its settings: connections opened, everything put together. */
import type { ReapSettings } from "../config/reap.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { connectForRequests, whenReady } from "../redis/connect.ts";
import type { Budgets } from "../sources/budget.ts";
import { connectForge } from "./ask.ts";
import { createProof } from "./dns-proof.ts";
import { createForge } from "./forge.ts";
import type { Journal } from "./journal.ts";
import { reap } from "./reap.ts";
import { reapByRule } from "./reap-rule.ts";
import { compileRule } from "./rule.ts";
import type { ReapOptions, ReapTools } from "./run.ts";
import { createSend } from "./send.ts";
import type { ReapSummary } from "./summary.ts";

export interface Reaper {
  readonly tools: ReapTools;
  /** Resolves with why the pages Redis cannot be reached, or undefined when it can. */
  ready(): Promise<string | undefined>;
  /** One run over the mappings, then one for each rule. The summaries in that order. */
  run(options: ReapOptions): Promise<readonly ReapSummary[]>;
  close(): Promise<void>;
}

/** Longest that one command may take: a script that removes much is one command. */
const COMMAND_MS = 10_000;
const READY_MS = 3_000;

/** Throws a `SetupError` when a rule makes no sense. With `budgets`, forge and owners are asked within theirs. */
export function openReaper(
  settings: ReapSettings,
  journal: Journal,
  logger: Logger,
  budgets?: Pick<Budgets, "of">,
): Reaper {
  const { pages, forge: forgeSettings, rules, dnsProof } = settings;
  const compiled = rules.map(compileRule);
  const client = connectForRequests(pages.redis, { role: "pages", budgetMs: COMMAND_MS, logger });
  let failure = "no answer";
  client.on("error", (error: unknown) => {
    failure = messageOf(error);
  });
  const { token: _, ...anonymous } = forgeSettings;
  const connection = connectForge(forgeSettings, budgets);
  const owners = createSend(anonymous, budgets);
  const { concurrency } = forgeSettings;
  const tools: ReapTools = {
    client,
    journal,
    forge: createForge(connection.ask, { hasToken: forgeSettings.token !== undefined }),
    names: pages,
    limits: { ...settings, concurrency },
    now: Date.now,
    requests: () => connection.requests() + owners.requests(),
    ...(dnsProof && { prove: createProof() }),
  };
  return {
    tools,
    ready: async () => ((await whenReady(client, READY_MS)) ? undefined : failure),
    async run(options) {
      const summaries = [await reap(tools, options)];
      for (const rule of compiled) {
        if (options.signal.aborted) break;
        summaries.push(await reapByRule(rule, { ...tools, send: owners.send }, options));
      }
      return summaries;
    },
    async close() {
      client.disconnect();
      await Promise.all([connection.close(), owners.close()]);
    },
  };
}
