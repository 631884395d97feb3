import type { z } from "zod";
import { splitSourceUrl } from "./addresses.ts";
import type { BudgetSettings, SourceLimits } from "./budget.ts";
import { fraction, milliseconds } from "./compile-words.ts";
import { type budgetSchema, parseRate } from "./schema-budget.ts";

type Words = z.output<typeof budgetSchema>;

export function compileBudget({ wait, longest_rest, breaker, sources }: Words): BudgetSettings {
  const { failures, share, least, window, pause, longest } = breaker;
  return {
    waitMs: milliseconds(wait),
    longestRestMs: milliseconds(longest_rest),
    breaker: {
      ...{ failures, least, share: fraction(share) },
      windowMs: milliseconds(window),
      pauseMs: milliseconds(pause),
      longestMs: milliseconds(longest),
    },
    sources: new Map(
      Object.entries(sources).map(([url, words]) => [splitSourceUrl(url).origin, limitsOf(words)]),
    ),
  };
}

function limitsOf({ rate, burst, concurrency }: Words["sources"][string]): SourceLimits {
  const parsed = rate === undefined ? undefined : parseRate(rate);
  return {
    ...(parsed !== undefined && { rate: parsed }),
    ...(burst !== undefined && { burst }),
    ...(concurrency !== undefined && { concurrency }),
  };
}
