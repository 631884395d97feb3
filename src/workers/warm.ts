/** The work of a warm-up job: the response to a target in store, and fresh. */
import type { RefreshTools } from "../cache/refresh.ts";
import { type WarmRequest, warm } from "../cache/warm.ts";
import type { RefreshOutcome, WarmTarget } from "../queues/jobs.ts";
import { NeverRetry, RetryAt } from "../queues/retry.ts";
import type { JobContext } from "./context.ts";

/** What a client would ask for a target, or why that is never answered from a store. */
export type AskFor = (route: string, target: string) => WarmRequest | string;

/** Throws `RetryAt` when the source asks to wait, `NeverRetry` when no run can succeed, and anything else to be tried again. */
export function createWarm(
  tools: RefreshTools,
  askFor: AskFor,
): (payload: WarmTarget, context: JobContext) => Promise<RefreshOutcome> {
  return async ({ route, target }, context) => {
    const request = askFor(route, target);
    if (typeof request === "string") throw new NeverRetry(request);
    context.progress({ step: "asking the source" });
    const warmed = await warm(tools, request, context.signal);
    if (warmed.outcome === "retry") throw new RetryAt(warmed.at, warmed.because);
    context.log("detail" in warmed ? `${warmed.outcome}: ${warmed.detail}` : warmed.outcome);
    return warmed;
  };
}
