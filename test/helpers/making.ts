/** Reports made by jobs: the queue and its worker over a Redis, with a GitHub of our own. */
import { createClient } from "../../src/github/client.ts";
import { type Credential, tokenCredential } from "../../src/github/credentials.ts";
import { createSender } from "../../src/github/send.ts";
import { createGitHubStore } from "../../src/github/store.ts";
import { createFollowUps } from "../../src/queues/follow-ups.ts";
import { createSealedSecrets } from "../../src/queues/sealed.ts";
import { createOptOuts } from "../../src/reports/opt-out.ts";
import type { Report } from "../../src/reports/report.ts";
import { createReportStore } from "../../src/reports/store.ts";
import { createBudgets } from "../../src/sources/budget.ts";
import { createSealer } from "../../src/store/seal.ts";
import { createTestCache } from "../../src/values/testing.ts";
import { createMakeReport } from "../../src/workers/make-report.ts";
import { startGitHub } from "./github.ts";
import { type ReportPayload, startReports } from "./reports.ts";

export const TODAY = new Date().toISOString().slice(0, 10);

export function yearsAgo(years: number): string {
  return new Date(Date.now() - years * 365 * 86_400_000).toISOString().slice(0, 10);
}

/** The last year, without stars. */
export const A_YEAR: ReportPayload = {
  login: "octocat",
  since: yearsAgo(1),
  until: TODAY,
  starIncrease: false,
};

export interface MakingOptions {
  /** Personal tokens of the installation. */
  readonly tokens?: readonly string[];
  readonly longestWaitMs?: number;
  /** Longest that one exchange takes. */
  readonly timeoutMs?: number;
  /** Wait before a failed question is put again. */
  readonly retryMs?: number;
  /** How long one run goes on asking. */
  readonly longestMs?: number;
}

export async function startMaking(options: MakingOptions = {}) {
  const {
    tokens = ["ghp_ours"],
    longestWaitMs = 50,
    timeoutMs,
    longestMs = 60_000,
    retryMs = 1,
  } = options;
  const github = await startGitHub();
  const reports = await startReports();
  const { client, logger } = reports;
  const sender = createSender({ apiUrl: github.url, ...(timeoutMs && { timeoutMs }) });
  const budgets = createBudgets({ logger });
  const { cache } = createTestCache({ maxValueBytes: 10_000_000 });
  const secrets = createSealedSecrets(client, createSealer([Buffer.alloc(32, 1)]));
  const store = createReportStore(client);
  const optOuts = createOptOuts(client, []);
  let movedMs = 0;
  const followUps = createFollowUps(client, () => Date.now() + movedMs);
  const run = createMakeReport({
    ...{ store, optOuts, secrets, followUps },
    credentials: tokens.map((token): Credential => tokenCredential(token)),
    clientOf: (use) =>
      createClient({
        ...use,
        apiUrl: github.url,
        sender,
        budget: budgets.of(github.url),
        store: createGitHubStore(cache),
        longestWaitMs,
        retryMs,
      }),
    longestMs,
    settings: { filesTtlMs: 60_000, starsTtlMs: 60_000, pullsAtATime: 5, repositoriesAtATime: 5 },
    now: Date.now,
  });
  return {
    ...{ github, reports, secrets, store, optOuts, followUps, run },
    /** Moves the clock of follow-ups. */
    move: (ms: number) => {
      movedMs += ms;
    },
    /** Enqueues, and resolves when the job has ended. */
    async make(payload: ReportPayload = A_YEAR) {
      const { id } = await reports.enqueue(payload);
      for (;;) {
        const job = await reports.job(id);
        if (job?.finishedOn !== undefined) return job;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    stored: ({ login, starIncrease } = A_YEAR, period = "1_year"): Promise<Report | undefined> =>
      store.read({ login, period, stars: starIncrease }),
    async [Symbol.asyncDispose]() {
      await reports[Symbol.asyncDispose]();
      await sender.close();
      budgets.close();
      await cache.close();
      await github[Symbol.asyncDispose]();
    },
  };
}
