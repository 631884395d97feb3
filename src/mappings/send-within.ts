/** A request within the budget of whom it goes to. */
import type { FieldList } from "../fields.ts";
import type { BudgetDecision, SourceBudget } from "../sources/budget.ts";

/** Hears the head of the response. */
export type Heard = (status: number, fields: FieldList) => void;

/** Waits for its turn, `waitMs` at most; what fails is not waited for. */
export async function sendWithin<Answer extends object>(
  budget: SourceBudget,
  ask: (heard: Heard) => Promise<Answer>,
  waitMs: number,
  signal: AbortSignal,
): Promise<Answer | { failed: string }> {
  const turn = await acquire(budget, waitMs, signal);
  if (turn.outcome !== "granted")
    return { failed: turn.reason === "breaker" ? BROKEN_DOWN : SPENT };
  let told: Promise<void> | undefined;
  try {
    const answer = await ask((status, fields) => {
      told = budget.observe({ status, fields, at: Date.now() });
    });
    told ??= budget.failed(signal.aborted ? "aborted" : "reset");
    await told;
    return answer;
  } finally {
    turn.done();
  }
}

const BROKEN_DOWN = "it failed too often just now";
const SPENT = "its budget is spent";

async function acquire(
  budget: SourceBudget,
  waitMs: number,
  signal: AbortSignal,
): Promise<BudgetDecision> {
  const now = await budget.acquire({ priority: "report" });
  if (now.outcome !== "wait" || now.reason === "breaker") return now;
  return budget.acquire({ priority: "report", waitMs, signal });
}
