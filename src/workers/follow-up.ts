/** Asks again for partial reports that are worth another try. */
import type { Instant } from "../fields.ts";
import type { FollowUps } from "../queues/follow-ups.ts";
import type { ReportQueue } from "../queues/report.ts";
import { periodName } from "../reports/period.ts";
import type { ReportStore } from "../reports/store.ts";

export interface FollowUpOptions {
  readonly followUps: Pick<FollowUps, "due" | "settle">;
  readonly store: Pick<ReportStore, "meta">;
  readonly queue: Pick<ReportQueue, "enqueue">;
  readonly now: () => Instant;
}

/** The step rejects while Redis is away; what it took is worth a try later. */
export function createFollowUp({ followUps, store, queue, now }: FollowUpOptions) {
  return async (): Promise<void> => {
    for (const payload of await followUps.due()) {
      const { login, starIncrease } = payload;
      const key = { login, period: periodName(payload, now()), stars: starIncrease };
      // What was deleted meanwhile does not come back by itself.
      if ((await store.meta(key)) === undefined) await followUps.settle(payload);
      else await queue.enqueue(payload);
    }
  };
}
