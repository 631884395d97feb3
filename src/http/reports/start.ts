/** Having a report made: who may, and what stands against it. */
import type { TokenOwner } from "../../github/token-owner.ts";
import type { JobPayloads } from "../../queues/jobs.ts";
import type { EnqueuedReport, ReportQueue } from "../../queues/report.ts";
import type { SealedSecrets } from "../../queues/sealed.ts";
import type { OptOuts } from "../../reports/opt-out.ts";
import type { Quota } from "../../store/quota.ts";
import type { Session } from "../../store/sessions.ts";
import type { PageProblem } from "../pages/error-page.ts";
import { problems } from "./problems.ts";
import type { ReportSource } from "./source.ts";
import type { Subject } from "./subject.ts";

export interface StartOptions {
  readonly reports: Pick<ReportSource, "find">;
  readonly optOuts: Pick<OptOuts, "has">;
  readonly queue: Pick<ReportQueue, "enqueue">;
  readonly secrets: SealedSecrets;
  /** How many reports one visitor may have made. */
  readonly quota: Quota;
  readonly ownerOf: (token: string) => Promise<TokenOwner>;
  /** Ends the session of a visitor whose token is worth nothing any more. */
  readonly endAll: (visitorId: number) => Promise<void>;
  readonly now: () => number;
}

/** `fresh`: the stored report is so new that there is nothing to do. */
export type Started =
  | { readonly is: "made"; readonly job: EnqueuedReport }
  | { readonly is: "fresh" }
  | { readonly is: "refused"; readonly problem: PageProblem };

/** A complete report is not made anew before it is this old. */
const FRESH_MS = 600_000;
/** A token waits for its job at most this long. */
const SECRET_MS = 86_400_000;

export type StartReport = (subject: Subject, session: Session) => Promise<Started>;

export function createStart(options: StartOptions): StartReport {
  const { reports, optOuts, ownerOf, endAll, quota, now } = options;
  return async (subject, session) => {
    const { visitor, token } = session;
    if (await optOuts.has(subject.login)) return refused(problems.optedOut);
    const found = await reports.find(subject.login, subject.period);
    if (found?.complete && now() - found.madeAt < FRESH_MS) return { is: "fresh" };
    if (token === undefined || (await isDead(ownerOf, token))) {
      await endAll(visitor.id);
      return refused(problems.tokenInvalid);
    }
    const retryAfter = await quota.take(String(visitor.id));
    if (retryAfter > 0) return refused({ ...problems.tooMany, retryAfter });
    return enqueue(options, subject, token);
  };
}

/** A GitHub that does not answer now may do so when the job runs. */
async function isDead(ownerOf: StartOptions["ownerOf"], token: string): Promise<boolean> {
  const owner = await ownerOf(token);
  return "fault" in owner && owner.fault === "invalid";
}

/** The job holds a reference to the token, which rests sealed until the job asks for it. */
async function enqueue(
  { queue, secrets }: StartOptions,
  subject: Subject,
  token: string,
): Promise<Started> {
  const credential = await secrets.put(token, SECRET_MS);
  try {
    const job = await queue.enqueue({ ...payloadOf(subject), credential });
    if (!("refused" in job) && !job.joined) return { is: "made", job };
    await secrets.forget(credential);
    return "refused" in job ? refused(problems.laneFull) : { is: "made", job };
  } catch {
    await secrets.forget(credential).catch(() => undefined);
    return refused(problems.queueAway);
  }
}

/** What the job is about. Two requests with the same are one job. */
export function payloadOf({ login, period }: Subject): JobPayloads["report"] {
  return { login, since: period.since, until: period.until, starIncrease: true };
}

function refused(problem: PageProblem): Started {
  return { is: "refused", problem };
}
