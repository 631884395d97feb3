/** The work of a refresh job that is about an item. */

import type { Items } from "../items/items.ts";
import { RenewError } from "../items/renew.ts";
import type { RefreshOutcome } from "../queues/jobs.ts";
import { RetryAt } from "../queues/retry.ts";

/** Throws `RetryAt` when the source asks to wait, and `RenewError` when it fails in a way that trying again may mend. */
export function createRefreshItem(items: Items): (path: string) => Promise<RefreshOutcome> {
  return async (path) => {
    try {
      return { outcome: (await items.refresh(path)) ? "stored" : "gone" };
    } catch (thrown) {
      if (thrown instanceof RenewError) return settle(thrown);
      throw thrown;
    }
  };
}

/** What a person must mend is not tried again. */
function settle(failure: RenewError): RefreshOutcome {
  const { fault, message, retryAt } = failure;
  if (fault === "rejected" || fault === "refused") return { outcome: "kept", detail: message };
  if (retryAt !== undefined) throw new RetryAt(retryAt, message);
  throw failure;
}
