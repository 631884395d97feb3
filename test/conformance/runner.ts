import type { Suite } from "./suite.ts";
import { type CaseResult, judge, type SuiteCase, type Verdict } from "./verdict.ts";

const BATCH_SIZE = 50;

/**
 * Runs the suite through the cache at `base`, whose origin must be the suite's, and judges each case. Cases run in
 * batches side by side, since most of them wait for a response to become stale.
 *
 * @param only ids of the cases to run; all of them without it
 */
export async function runConformance(
  suite: Suite,
  base: string,
  only?: readonly string[],
): Promise<Verdict[]> {
  const cases = only ? chosen(suite, only) : suite.cases;
  const results = new Map<string, CaseResult>();
  for (let start = 0; start < cases.length; start += BATCH_SIZE) {
    const batch = cases.slice(start, start + BATCH_SIZE);
    await Promise.all(batch.map(async (each) => results.set(each.id, await suite.run(each, base))));
  }
  return judge(suite.cases, results);
}

function chosen(suite: Suite, ids: readonly string[]): SuiteCase[] {
  return ids.map((id) => {
    const found = suite.cases.find((each) => each.id === id);
    if (!found) throw new Error(`The suite has no case ${id}`);
    return found;
  });
}
