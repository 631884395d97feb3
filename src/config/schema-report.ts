/** Reports: how many are made at a time, in the whole and for one user. */
import { integer, section, timeout } from "./kinds.ts";
import { notes } from "./notes.ts";

export const reportSchema = section({
  concurrency: integer(1, 1_000)
    .default(4)
    .describe("Reports that one worker process makes at a time.")
    .register(notes, { env: ["REPORT_CONCURRENCY"] }),
  max_concurrent_per_user: integer(1, 100)
    .default(1)
    .describe(
      "Reports about one user that all worker processes together make at a time; the same everywhere.",
    )
    .register(notes, {
      env: ["REPORT_MAX_CONCURRENT_PER_USER", "MAX_REPORTED_USER_CONCURRENT_TASKS"],
    }),
  max_waiting_per_user: integer(0, 10_000)
    .default(20)
    .describe("Reports about one user that may wait beside those; a further one is refused.")
    .register(notes, { env: ["REPORT_MAX_WAITING_PER_USER"] }),
  timeout: timeout()
    .default("5m")
    .describe("Longest that making one report takes before it fails.")
    .register(notes, { env: ["REPORT_TIMEOUT", "TASK_TIMEOUT_SECONDS"] }),
});
