/** The work of a report job: one report, told as it goes, written once. */
import type { Instant } from "../fields.ts";
import type { GitHubClient } from "../github/client.ts";
import { type Credential, tokenCredential } from "../github/credentials.ts";
import { GitHubError } from "../github/failure.ts";
import { type Wait, waitedFor } from "../github/transport.ts";
import type { FollowUps } from "../queues/follow-ups.ts";
import type { JobPayloads, ReportOutcome } from "../queues/jobs.ts";
import { NeverRetry, RetryAt } from "../queues/retry.ts";
import type { SealedSecrets } from "../queues/sealed.ts";
import type { CollectSettings } from "../reports/collect.ts";
import { generateReport } from "../reports/generate.ts";
import type { OptOuts } from "../reports/opt-out.ts";
import { periodName } from "../reports/period.ts";
import type { Report } from "../reports/report.ts";
import type { ReportStore, Written } from "../reports/store.ts";
import type { JobContext } from "./context.ts";
import type { ReportWorkerOptions } from "./report.ts";

export interface MakeReportOptions {
  readonly store: Pick<ReportStore, "read" | "write" | "forget">;
  readonly optOuts: Pick<OptOuts, "has">;
  /** Opens what payloads refer to; undefined where nothing can be sealed, so nothing is. */
  readonly secrets: Pick<SealedSecrets, "read"> | undefined;
  /** With what GitHub is asked after the token of whoever asked for the report, in this order. */
  readonly credentials: readonly Credential[];
  readonly clientOf: (use: ClientUse) => GitHubClient;
  /** Absent where partial reports are left as they are until somebody asks. */
  readonly followUps: Pick<FollowUps, "note" | "settle"> | undefined;
  readonly settings: CollectSettings;
  /** How long one run goes on asking, in milliseconds; it stores a partial report then. */
  readonly longestMs: number;
  readonly now: () => Instant;
}

export interface ClientUse {
  readonly credentials: readonly Credential[];
  readonly signal: AbortSignal;
  readonly onWait: (wait: Wait) => void;
}

type Payload = JobPayloads["report"];

export function createMakeReport(options: MakeReportOptions): ReportWorkerOptions["run"] {
  const { store, optOuts, settings, longestMs, now } = options;
  return async (payload, context) => {
    const { login, since, until, starIncrease } = payload;
    const tell = createTell(context);
    tell.step("Looking up the user", 0);
    if (await optOuts.has(login)) return refuse(options, payload);
    const credentials = await credentialsFor(options, payload, context);
    const period = periodName({ since, until }, now());
    const key = { login: login.toLowerCase(), period, stars: starIncrease };
    const client = options.clientOf({ credentials, signal: context.signal, onWait: tell.wait });
    const report = await generateReport({
      ...{ login, starIncrease, client, settings, longestMs, now },
      days: { since, until },
      previous: await store.read(key),
      onStep: tell.step,
    }).catch(asRetry);
    const written = await store.write(key, report, context.fence);
    // Whoever opted out meanwhile deleted what was there before.
    if (await optOuts.has(login)) return refuse(options, payload);
    if (report.coverage.complete) await options.followUps?.settle(payload);
    else await options.followUps?.note(payload);
    tell.step("Done", 100);
    context.log(summaryOf(report));
    return outcomeOf(report, written);
  };
}

/** Nobody's report is kept who does not wish it. */
async function refuse({ store, followUps }: MakeReportOptions, payload: Payload): Promise<never> {
  await store.forget(payload.login);
  await followUps?.settle(payload);
  throw new NeverRetry("There are no reports about this user.");
}

/** The token of whoever asked comes first: its limit is theirs. */
async function credentialsFor(
  { secrets, credentials }: MakeReportOptions,
  { credential }: Payload,
  context: JobContext,
): Promise<readonly Credential[]> {
  if (credential === undefined) return credentials;
  const token = await secrets?.read(credential);
  if (token !== undefined) return [tokenCredential(token), ...credentials];
  context.log("The token of whoever asked for the report is there no more.");
  if (credentials.length > 0) return credentials;
  throw new NeverRetry(
    "The sign-in with which it was asked for has expired. Sign in and ask again.",
  );
}

/** Progress as the pages and the board show it; a wait is told with the percentage that was reached. */
function createTell(context: JobContext) {
  let percent = 0;
  return {
    step(step: string, reached: number, counts?: { readonly [count: string]: number }) {
      // Parallel work ends in any order; progress never goes back.
      percent = Math.max(percent, Math.floor(reached));
      context.progress({ step, progress: percent, ...counts });
    },
    wait(wait: Wait) {
      const text = `Waiting for ${waitedFor(wait)}, until ${timeOf(wait.until)}`;
      context.progress({ step: text, progress: percent });
      context.log(text);
    },
  };
}

/** What GitHub's failure means for the job: to come back when the limit is renewed, or not at all. What else went wrong may pass. */
function asRetry(thrown: unknown): never {
  if (!(thrown instanceof GitHubError) || thrown.fault === "unavailable") throw thrown;
  if (thrown.fault !== "limited") throw new NeverRetry(thrown.message);
  const at = thrown.retryAt || Date.now() + UNTOLD_LIMIT_MS;
  throw new RetryAt(at, `GitHub's limit is used up until ${timeOf(at)}.`);
}

/** How long a limit is left alone that does not say when it ends. */
const UNTOLD_LIMIT_MS = 60_000;

function timeOf(at: Instant): string {
  return `${new Date(at).toISOString().slice(11, 16)} UTC`;
}

function outcomeOf({ coverage }: Report, written: Written): ReportOutcome {
  if (coverage.complete) return { outcome: "complete" };
  const reasons = coverage.missing.map(({ what, count, reason }) => `${count} ${what}: ${reason}`);
  const kept = written === "kept" ? " What was stored before is more complete and stays." : "";
  return { outcome: "partial", detail: `${reasons.join(" ")}${kept}` };
}

function summaryOf({ totals, coverage, quota }: Report): string {
  const whole = coverage.complete ? "complete" : "partial";
  return `${totals.pulls} pull requests in ${totals.repositories} repositories, ${whole}; ${quota.requests} requests, ${quota.unchanged} unchanged, ${quota.stored} known before`;
}
