import type { z } from "zod";
import { milliseconds } from "./compile-words.ts";
import type { ReportSettings } from "./report.ts";
import type { reportSchema } from "./schema-report.ts";

export function compileReport(words: z.output<typeof reportSchema>): ReportSettings {
  return {
    concurrency: words.concurrency,
    lanes: { concurrency: words.max_concurrent_per_user, waiting: words.max_waiting_per_user },
    timeoutMs: milliseconds(words.timeout),
  };
}
