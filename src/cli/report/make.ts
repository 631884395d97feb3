/** A report made by the command line itself: without Redis, without a job. */
import type { Config } from "../../config/config.ts";
import { createClient } from "../../github/client.ts";
import { tokenCredential } from "../../github/credentials.ts";
import { createSender } from "../../github/send.ts";
import { createGitHubStore } from "../../github/store.ts";
import type { Wait } from "../../github/transport.ts";
import type { Logger } from "../../logger.ts";
import { openCredentials } from "../../open-credentials.ts";
import { type GenerateOptions, generateReport } from "../../reports/generate.ts";
import type { Report } from "../../reports/report.ts";
import { createBudgets } from "../../sources/budget.ts";
import { createGuard } from "../../sources/guard.ts";
import { createCache } from "../../values/create.ts";

export interface MakeOptions
  extends Pick<GenerateOptions, "login" | "days" | "starIncrease" | "onStep"> {
  readonly config: Config;
  /** Comes before those that are configured. */
  readonly token: string | undefined;
  readonly onWait: (wait: Wait) => void;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** Whoever sits at a terminal ends a wait himself: GitHub's limits renew within an hour. */
const LONGEST_WAIT_MS = 3_700_000;

/** Rejects as `generateReport` does, and with the reason of the signal. */
export async function makeReport(options: MakeOptions): Promise<Report> {
  const { config, token, signal, onWait, logger, ...subject } = options;
  const { github } = config;
  const sender = createSender({ apiUrl: github.apiUrl, guard: createGuard(config.egress) });
  const budgets = createBudgets({ settings: config.budget, logger });
  const cache = createCache({ redis: false, logger, env: {} });
  try {
    const client = createClient({
      apiUrl: github.apiUrl,
      sender,
      budget: budgets.of(new URL(github.apiUrl).origin),
      store: createGitHubStore(cache),
      credentials: [
        ...(token === undefined ? [] : [tokenCredential(token)]),
        ...openCredentials(github, sender),
      ],
      signal,
      longestWaitMs: LONGEST_WAIT_MS,
      onWait,
    });
    return await generateReport({
      ...subject,
      client,
      settings: github,
      previous: undefined,
      now: Date.now,
    });
  } finally {
    await Promise.all([cache.close(), sender.close()]);
    budgets.close();
  }
}
