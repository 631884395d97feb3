/** `/sources`: how each source stands with its budget and its breaker, and forgetting what it said. */
import { type Request, Router } from "express";
import { z } from "zod";
import type { BudgetState, Budgets } from "../../sources/budget.ts";
import { holdsOf, holdText, sourceFacts } from "../explain/source-facts.ts";
import { acting, inTime, ProblemError, showing } from "./answer.ts";
import type { ControlPart } from "./app.ts";
import { escapeHtml, page } from "./page.ts";
import { readFields } from "./read-fields.ts";
import type { Recorded } from "./recorded.ts";

const wanted = z.strictObject({
  source: z.string("must be the name of a source").min(1).max(500),
});

/** GET: the sources, as a page or as JSON. POST /forget with `{ "source": … }`: ask it again now, whatever it said and however it failed. */
export function createSourcesPart(budgets: Budgets, recorded: Recorded): ControlPart {
  const router = Router();
  router.get(
    "/",
    showing(
      () => budgets.states(),
      sourcesPage,
      (states) => ({ sources: states.map(sourceFacts) }),
    ),
  );
  router.post(
    "/forget",
    acting("/sources", (req) => forget(budgets, req, recorded)),
  );
  return {
    path: "/sources",
    title: "Sources",
    about: "What may be asked of each source, which are left alone, and until when.",
    router,
  };
}

async function forget(budgets: Budgets, req: Request, recorded: Recorded): Promise<object> {
  const { source } = readFields(wanted, req.body ?? {});
  return recorded(req, { action: "ask source again", what: source, count: 1 }, async () => {
    if (await inTime(budgets.forget(source))) return { source };
    const detail = "No source has this name; GET /sources lists them.";
    throw new ProblemError({ status: 404, type: "not-found", detail });
  });
}

function sourcesPage(states: readonly BudgetState[]): string {
  if (states.length === 0) return page("Sources", "<p>No source is configured.</p>");
  return page("Sources", `<dl>\n${states.map(entryOf).join("\n")}\n</dl>`, 10);
}

function entryOf(state: BudgetState): string {
  const { source, scope, breaker } = state;
  const holds = holdsOf(state).map(holdText);
  const lines = [
    ...limitLines(state),
    ...holds,
    ...(holds.length === 0 ? [`It may be asked; breaker ${breaker.state}.`] : []),
    ...(scope === "local" ? ["The queue's Redis is away: this is of this process alone."] : []),
  ];
  const form = `<form method="post" action="/sources/forget"><input type="hidden" name="source" value="${escapeHtml(source)}"><button>Ask it again now</button></form>`;
  const shown = lines.map((line) => `<dd>${escapeHtml(line)}</dd>`).join("");
  return `<dt>${escapeHtml(source)}</dt>${shown}${holds.length === 0 ? "" : `<dd>${form}</dd>`}`;
}

function limitLines({ limits, used, underWay, pools }: BudgetState): string[] {
  const { rate, concurrency } = limits;
  const lines: string[] = [];
  if (rate !== undefined)
    lines.push(`${used} of ${rate.count} requests in ${rate.perMs / 1_000} s.`);
  if (concurrency !== undefined) lines.push(`${underWay} of ${concurrency} requests under way.`);
  for (const { pool, limit, remaining } of pools)
    if (limit !== undefined)
      lines.push(
        `${pool === "" ? "" : `${pool}: `}${remaining} of ${limit} left, by its own word.`,
      );
  return lines;
}
