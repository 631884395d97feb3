/** The reports' part of a worker process. */
import type { Config } from "./config/config.ts";
import { createClient } from "./github/client.ts";
import { createSender } from "./github/send.ts";
import { openCredentials } from "./open-credentials.ts";
import { openGitHubStore } from "./open-github-store.ts";
import { openSealer } from "./open-sealer.ts";
import type { Start } from "./process.ts";
import { createFollowUps } from "./queues/follow-ups.ts";
import { createReportQueue } from "./queues/report.ts";
import { createSealedSecrets, type SealedSecrets } from "./queues/sealed.ts";
import type { RedisClient } from "./redis/connect.ts";
import { createOptOuts } from "./reports/opt-out.ts";
import { createReportStore } from "./reports/store.ts";
import { createGuard } from "./sources/guard.ts";
import type { KeepWorker } from "./start-kept.ts";
import type { CacheParts, StoreTargets } from "./stores.ts";
import { createFollowUp } from "./workers/follow-up.ts";
import { createMakeReport, type MakeReportOptions } from "./workers/make-report.ts";
import { startReportWorker } from "./workers/report.ts";

/** Longest that one question waits for its turn within a run: the limit of searches renews every minute. */
const LONGEST_WAIT_MS = 65_000;
/** Of the time of a run: what is under way may still end, and the report be stored. */
const ASKING_SHARE = 0.75;
/** How often partial reports are looked for. */
const FOLLOW_UP_MS = 60_000;

/** Runs report jobs. `connection`: a patient one to the queue role. */
export function startReporting(
  start: Start,
  targets: StoreTargets,
  { budgets }: Pick<CacheParts, "budgets">,
  connection: RedisClient,
  keep: KeepWorker,
): void {
  const { config, scope } = start;
  const { github, report } = config;
  const logger = start.logger.child({ part: "reports" });
  const sender = createSender({ apiUrl: github.apiUrl, guard: createGuard(config.egress) });
  scope.onClose("connections to GitHub", () => sender.close());
  const budget = budgets.of(new URL(github.apiUrl).origin);
  const store = openGitHubStore(start, targets);
  const credentials = openCredentials(github, sender);
  const followUps = createFollowUps(connection, Date.now);
  // Without a credential of its own an installation asks only on behalf of those who sign in.
  const isFollowing = credentials.length > 0;
  const reports = createReportStore(connection);
  const run = createMakeReport({
    store: reports,
    optOuts: createOptOuts(connection, config.site?.optOut ?? []),
    secrets: openSecrets(config, connection),
    credentials,
    followUps: isFollowing ? followUps : undefined,
    clientOf: clientOf({ apiUrl: github.apiUrl, sender, budget, store }),
    settings: github,
    longestMs: ASKING_SHARE * report.timeoutMs,
    now: Date.now,
  });
  const { concurrency, lanes: limits, timeoutMs } = report;
  if (isFollowing) {
    const queue = createReportQueue({ connection, logger, limits });
    start.scope.onClose("queue of follow-ups", () => queue.close());
    followUp(start, createFollowUp({ followUps, store: reports, queue, now: Date.now }));
  }
  keep("report", (own) =>
    startReportWorker({ connection: own, concurrency, limits, timeoutMs, run, logger }),
  );
}

/** Looks now and then for partial reports that are worth another try. */
function followUp({ scope, logger }: Start, look: () => Promise<void>): void {
  const timer = setInterval(() => {
    look().catch((err: unknown) => logger.debug({ err }, "Partial reports were not looked for"));
  }, FOLLOW_UP_MS);
  scope.onClose("follow-ups of reports", async () => clearInterval(timer));
}

type Shared = Pick<Parameters<typeof createClient>[0], "apiUrl" | "sender" | "budget" | "store">;

function clientOf(shared: Shared): MakeReportOptions["clientOf"] {
  return (use) => createClient({ ...shared, ...use, longestWaitMs: LONGEST_WAIT_MS });
}

/** Without a key nothing was sealed. */
function openSecrets(config: Config, connection: RedisClient): SealedSecrets | undefined {
  const { secretKeys, redis, site } = config;
  const isEmbedded = redis.queue === undefined && redis.cache === undefined;
  if (site?.oauth === undefined || (secretKeys.length === 0 && !isEmbedded)) return undefined;
  return createSealedSecrets(connection, openSealer(config, "reports"));
}
